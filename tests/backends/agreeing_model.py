"""The bundled model that all backends agree on, bfloat16 included."""

MODEL = "resnet10t-arcface-linedraw"
