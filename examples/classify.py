import digitscope as ds

mnist = ds.load_mnist()
reader = ds.Recognizer("cnn")  # a shipped model file, in ONNX Runtime
probabilities = reader.classify(mnist.test_images[:8])  # uint8 [8, 28, 28] -> float32 [8, 10]
print("read ", probabilities.argmax(axis=1))
print("truth", mnist.test_labels[:8])
