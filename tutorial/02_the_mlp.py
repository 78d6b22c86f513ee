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
# # A first network: the MLP
#
# Our first network has a grand name, *multilayer perceptron*, MLP for short, and it is made of one idea, used
# twice.
#
# ## One unit
#
# A **unit** looks at all 784 pixels. It has a number for each, its **weight**. It multiplies each pixel by its
# weight, adds everything up, adds one more number, its **bias**, and if the sum is negative it answers 0
# instead:

# %%
import keras
import numpy as np

import digitscope as ds

keras.utils.set_random_seed(0)
mnist = ds.load_mnist()
image = (
    mnist.train_images[0].reshape(784) / 255
)  # the pixels in one long row, from 0 to 1

weights = np.random.default_rng(0).normal(scale=0.1, size=784)
bias = 0.5

total = (image * weights).sum() + bias
answer = max(total, 0.0)
print(f"sum {total:.3f}, answer {answer:.3f}")

# %% [markdown]
# A large positive weight says "ink here counts for me", a negative one "ink here counts against me", and zero
# "I don't care". So a unit is a template again, but one with *against* in it, and its numbers are not averages:
# they will be learned. Replacing negative sums by 0 is called **relu**. It looks like nothing, and without it
# the whole network would collapse: sums of sums are sums, and any number of layers could be multiplied out into
# a single one.
#
# ## Two layers
#
# Now take 512 such units, all looking at the same 784 pixels: a **layer**. Its 512 answers are the input of a
# second layer of 10 units, one for each digit. The largest of the ten sums is the network's answer.
#
# In Keras, that is a list of two lines. (digitscope has this list in `digitscope/training/networks.py`.)

# %%
mlp = keras.Sequential(
    [
        keras.Input((784,)),
        keras.layers.Dense(512, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
)

# %% [markdown]
# How many adjustable numbers is that? Each unit of the first layer has 784 weights and a bias, each of the
# second has 512 and a bias:

# %%
first = 784 * 512 + 512
second = 512 * 10 + 10
print(
    f"{first:,} + {second:,} = {first + second:,}; Keras counts {mlp.count_params():,}"
)

# %% [markdown]
# ## Softmax: from ten sums to ten probabilities
#
# The last layer uses no relu. Its ten sums, called **logits**, may be any numbers. *Softmax* turns them into
# probabilities: raise *e* to each, which makes them positive, and divide by the total, which makes them add up
# to 1.

# %%
logits = np.array([1.0, 3.0, 0.2])
powers = np.exp(logits)
print(powers.round(2), "->", (powers / powers.sum()).round(3))

# %% [markdown]
# ## What it answers before it has learned anything
#
# The weights start at random, and so do the answers:

# %%
before = mlp.predict(image[np.newaxis], verbose=0)[0]
print(f"a picture of a {mnist.train_labels[0]}")
for digit, probability in enumerate(before):
    print(f"{digit}  {probability:6.1%}  {'█' * round(40 * probability)}")

# %% [markdown]
# ## Learning
#
# To improve, we need to say how bad an answer is. The **loss** is −ln(the probability given to the right
# digit): 0 if the network was certain and right, large if it was certain and wrong.

# %%
for probability in (0.99, 0.5, 0.1, 0.01):
    print(f"right digit given {probability:.0%}: loss {-np.log(probability):.2f}")

# %% [markdown]
# Then, for each of the 407,050 numbers, we ask: if this one were a little larger, would the loss go up or down?
# That is its derivative, and the chain rule gives all of them in a single sweep from the answer back to the
# pixels. Move each number a small step downhill. Take the next batch of images, and do it again. That is the
# whole of training. `rmsprop` is one particular rule for how long the steps are.
#
# To see that nothing is hidden: the derivative that Keras works out, against a plain "what if it were a little
# larger?"

# %%
import tensorflow as tf

images = (mnist.train_images[:64].reshape(-1, 784) / 255).astype("float32")
labels = mnist.train_labels[:64]
loss = keras.losses.SparseCategoricalCrossentropy()

with tf.GradientTape() as tape:
    here = loss(labels, mlp(images))
by_keras = tape.gradient(here, mlp.layers[1].bias.value)[3]

step = 1e-2
bias = mlp.layers[1].bias
start = bias.numpy()
bias.assign(start + step * np.eye(10)[3])
above = loss(labels, mlp(images))
bias.assign(start - step * np.eye(10)[3])
below = loss(labels, mlp(images))
bias.assign(start)
print(f"by Keras {by_keras:.5f}, by trying it out {(above - below) / (2 * step):.5f}")

# %% [markdown]
# Now all of it: batches of 120 images, each image twice. One pass over all images is an **epoch**. (The
# reference experiment takes five. Two keep this page quick to build.)

# %%
train = mnist.train_images.reshape(-1, 784) / np.float32(255)
test = mnist.test_images.reshape(-1, 784) / np.float32(255)

mlp.compile(
    optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"]
)
history = mlp.fit(train, mnist.train_labels, batch_size=120, epochs=2, verbose=2)

# %% [markdown]
# Here is how the shipped MLP was trained, and the CNN of [a later page](05_the_cnn.py) beside it: after the first
# steps, and after each of five epochs. Drag through time, and see the first layer take shape.
#
# <iframe class="live" loading="lazy" src="../playground.html?embed#training"
#   title="Two trainings, step by step: kernels, accuracy, and the test images that stay wrong longest"></iframe>

# %% [markdown]
# And the test, on the 10,000 digits that it has not seen:

# %%
probabilities = mlp.predict(test, verbose=0)
answers = probabilities.argmax(axis=1)
right = answers == mnist.test_labels
print(f"{np.mean(right):.2%} right, {np.sum(~right)} wrong")

# %% [markdown]
# These are some that it gets wrong. Above each: its answer, the probability
# that it gave to it, and the truth in brackets.

# %%
import matplotlib.pyplot as plt

wrong = np.flatnonzero(answers != mnist.test_labels)[:14]
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
# Some of them would give you pause, too. Others would not, and that is worth a closer look: the next page asks
# [what this network cannot see](03_the_blind_spot.py).

# %% [markdown]
# ## Exercises
#
# **1.** How many parameters has the MLP with 32 hidden units instead of 512?
#
# <details>
# <summary>Answer</summary>
#
# 784 · 32 + 32 + 32 · 10 + 10 = 25,450.
#
# </details>
#
# **2.** What loss do you expect before any training, when all ten probabilities are about equal?
#
# <details>
# <summary>Answer</summary>
#
# −ln(1/10) = 2.30. A loss that starts much higher means that the network starts out confident in wrong answers.
#
# </details>
#
# **3.** Take the relu out of the first layer, and train again. What happens to the accuracy, and why?
#
# <details>
# <summary>Answer</summary>
#
# It falls to about 92 %. Sums of sums are sums: without relu, the two layers can do no more than a single layer
# of ten units, which is ten templates with *against* in them.
#
# </details>
