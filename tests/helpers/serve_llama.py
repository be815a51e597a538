"""llama.cpp's own HTTP server on a free loopback port; runs in .venv-counterparts, ends when standard input closes.

serve_llama.py MODEL [--ctx N] [--parallel N]      the API key is read from the first line of standard input
"""

import argparse
import sys

import xllamacpp

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("model")
parser.add_argument("--ctx", type=int, default=2048)
parser.add_argument("--parallel", type=int, default=1)
arguments = parser.parse_args()

settings = xllamacpp.CommonParams()
settings.model.path = arguments.model
settings.model_alias = {"tiny-parrot"}
settings.hostnames = ["127.0.0.1"]
settings.port = 0
key = sys.stdin.readline().strip()
settings.api_keys = [key] if key else []
settings.n_ctx = arguments.ctx
settings.n_parallel = arguments.parallel
settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = 1
settings.warmup = False
settings.ui = False
settings.offline = True
settings.verbosity = 1
server = xllamacpp.Server(settings)
print("READY", server.listening_address, flush=True)
sys.stdin.read()
del server
