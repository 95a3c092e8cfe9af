from pipeline.providers.quota import *
