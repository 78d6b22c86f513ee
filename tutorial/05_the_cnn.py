# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The CNN
#
# Convolution, relu, pooling, again, again, and the old MLP on top: that is a *convolutional neural network*.
# The list of its layers, with the shape that each one makes:

# %%
import keras
import numpy as np
from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D

import digitscope as ds

keras.utils.set_random_seed(0)
mnist = ds.load_mnist()

cnn = keras.Sequential(
    [
        keras.Input((28, 28, 1)),  # an image again, not a row of 784 numbers; 1 is grey
        Conv2D(32, 3, activation="relu"),  # 26 × 26 × 32
        MaxPooling2D(2),  # 13 × 13 × 32
        Conv2D(64, 3, activation="relu"),  # 11 × 11 × 64
        MaxPooling2D(2),  # 5 × 5 × 64
        Conv2D(64, 3, activation="relu"),  # 3 × 3 × 64
        Flatten(),  # 576
        Dense(64, activation="relu"),  # 64
        Dense(10, activation="softmax"),  # 10
    ]
)
print(f"{cnn.count_params():,} parameters")

# %% [markdown]
# Nobody tells it to look for edges. All kernels start at random, and the derivative that trained the MLP's
# weights trains these in the same way: a kernel's number is used at every place, so what all places want of it
# is added up.
#
# We train it as we did the MLP, two epochs. (The reference takes five, in batches of 60; two in batches of 120
# keep the page quick to build.) In front of it goes nothing but the division by 255.


# %%
def scaled(images):
    """[N, 28, 28] whole numbers -> [N, 28, 28, 1], from 0 to 1."""
    return images[..., np.newaxis] / np.float32(255)


start = [layer.get_weights() for layer in cnn.layers]  # kept for later
cnn.compile(
    optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"]
)
history = cnn.fit(
    scaled(mnist.train_images), mnist.train_labels, batch_size=120, epochs=2, verbose=2
)

# %%
probabilities = cnn.predict(scaled(mnist.test_images), batch_size=500, verbose=0)
answers = probabilities.argmax(axis=1)
wrong = np.flatnonzero(answers != mnist.test_labels)
print(f"{np.mean(answers == mnist.test_labels):.2%} right, {len(wrong)} wrong")

# %% [markdown]
# Compare that with [the MLP's](02_the_mlp.py) after its two epochs, which had more than four times as many
# parameters.
#
# What does it still get wrong? Its answer, the probability that it gave to it, and the truth in
# brackets:

# %%
import matplotlib.pyplot as plt

figure, axes = plt.subplots(2, 7, figsize=(9.5, 3.4))
for axis, index in zip(axes.flat, wrong, strict=False):
    axis.imshow(mnist.test_images[index], cmap="gray_r")
    probability = probabilities[index].max()
    title = f"{answers[index]}, {probability:.0%} ({mnist.test_labels[index]})"
    axis.set_title(title, fontsize=10)
for axis in axes.flat:
    axis.set_axis_off()
figure.tight_layout()
plt.show()

# %% [markdown]
# ## What became of the kernels
#
# The 32 kernels of the first layer, before and after. Red is positive, blue negative.

# %%
figure = plt.figure(figsize=(10, 3.6), layout="constrained")
blocks = figure.subfigures(2, 1, hspace=0.08)
for block, title, weights in (
    (blocks[0], "before", start[0][0]),
    (blocks[1], "after", cnn.layers[0].get_weights()[0]),
):
    block.suptitle(title, fontsize=10)
    limit = np.abs(weights).max()
    for index, axis in enumerate(block.subplots(2, 16).flat):
        kernel = weights[:, :, 0, index]
        axis.imshow(kernel, cmap="RdBu_r", vmin=-limit, vmax=limit)
        axis.set_axis_off()
plt.show()

# %% [markdown]
# Noise became slopes: one side red, the other blue, in this direction and that one. These are the edge finders
# that we wrote by hand on the last page, only that nobody wrote them. [An experiment](07_why_it_wins.py) puts a
# number on how much of an edge they are.
#
# And this is what some of the kernels make of one image:

# %%
look = keras.Model(cnn.inputs, [cnn.layers[i].output for i in (0, 2, 4)])
maps = look.predict(scaled(mnist.test_images[:1]), verbose=0)
names = ("conv 1, 26 × 26", "conv 2, 11 × 11", "conv 3, 3 × 3")
figure = plt.figure(figsize=(10, 4.2), layout="constrained")
blocks = figure.subfigures(3, 1, hspace=0.06)
for block, name, feature_maps in zip(blocks, names, maps, strict=True):
    block.suptitle(name, fontsize=10)
    busiest = feature_maps[0].sum(axis=(0, 1)).argsort()[::-1]
    for axis, channel in zip(block.subplots(1, 10), busiest, strict=False):
        axis.imshow(feature_maps[0, :, :, channel], cmap="gray_r")
        axis.set_axis_off()
plt.show()

# %% [markdown]
# The upper row still looks like the digit, edge by edge. The lower row no longer looks like anything: nine
# places, and at each a note whether some larger pattern is there. That is what the dense layers on top then
# read.
#
# <iframe class="live" loading="lazy" src="../playground.html?embed#inside/cnn/conv3:20:1:1"
#   title="The CNN with every feature map, changing as you draw"></iframe>
#
# Is the CNN better, then? Its figure is higher. But both came from one run, on one set of 10,000 digits, and
# chance had a hand in each. The next page is about [how to tell](06_comparing_honestly.py).

# %% [markdown]
# ## Exercises
#
# **1.** The third convolution and the dense layer after it have the same number of parameters, 36,928. Is that a
# coincidence?
#
# <details>
# <summary>Answer</summary>
#
# Both have 64 units, each of which looks at 576 numbers and has a bias. A kernel of the convolution looks at 3×3
# places in 64 maps; a dense unit looks at all that is left, which is again 3×3 places in 64 maps. The difference
# is that the kernel is used at nine places.
#
# </details>
#
# **2.** Replace `Flatten()` by `GlobalAveragePooling2D()`, which averages each map into one number. How many
# parameters are left?
#
# <details>
# <summary>Answer</summary>
#
# The dense layer then has 64 · 64 + 64 = 4,160 parameters instead of 36,928, and the network 60,554. It also no
# longer knows *where* in the image anything was. Try what that costs.
#
# </details>
#
# **3.** Why would a fourth block, pooling and a convolution of 3×3, not fit?
#
# <details>
# <summary>Answer</summary>
#
# After the third convolution the maps are 3×3. Pooling makes them 1×1, and a 3×3 kernel does not fit into that
# without padding.
#
# </details>
