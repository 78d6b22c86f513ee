"""The experiment as a plain Keras script, without digitscope: the baseline of all speed-ups.

python benchmarks/reference.py mnist.npz [EPOCHS [MODEL]]     prints one JSON line per model, then the seconds in all
"""

import json
import sys
import time

start = time.perf_counter()

import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers  # noqa: E402

with np.load(sys.argv[1]) as data:
    (x_train, y_train), (x_test, y_test) = (
        (data[f"x_{part}"].astype("float32") / 255, keras.utils.to_categorical(data[f"y_{part}"], 10))
        for part in ("train", "test")
    )

mlp = keras.Sequential([keras.Input((784,)), layers.Dense(512, activation="relu"), layers.Dense(10, "softmax")])
cnn = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(64, 3, activation="relu"),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ]
)
epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 5
for name, model, batch, shape in (("mlp", mlp, 120, (-1, 784)), ("cnn", cnn, 60, (-1, 28, 28, 1))):
    if name not in (sys.argv[3:] or [name]):
        continue
    model.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x_train.reshape(shape), y_train, epochs=epochs, batch_size=batch, verbose=0)
    test = model.evaluate(x_test.reshape(shape), y_test, verbose=0)[1]
    print(json.dumps({"model": name, "train": history.history["accuracy"][-1], "test": test}), flush=True)
print(json.dumps({"seconds": time.perf_counter() - start}))
