"""The local model: its child process and the reader of model files (grown by a later issue); knows no Qt."""
