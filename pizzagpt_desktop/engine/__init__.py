"""The local model: its child process and the reader of model-file heads; knows no Qt."""
