from pipeline.providers.probe import *
