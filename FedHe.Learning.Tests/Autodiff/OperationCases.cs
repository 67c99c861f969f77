using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Learning.Autodiff;
using static FedHe.Learning.Autodiff.Operations;

namespace FedHe.Learning.Tests.Autodiff;

/// <summary>Every differentiable operation on small inputs.</summary>
internal static class OperationCases
{
    private static readonly Dictionary<string, OperationCase> Cases = new()
    {
        ["add"] = new(v => v[0] + v[1], [2, 3], [2, 3]),
        ["add a row"] = new(v => v[0] + v[1], [2, 3], [3]),
        ["add a column"] = new(v => v[0] + v[1], [2, 3], [2, 1]),
        ["add to channels"] = new(v => v[0] + v[1], [2, 3, 2, 2], [1, 3, 1, 1]),
        ["subtract both stretched"] = new(v => v[0] - v[1], [2, 1], [1, 3]),
        ["multiply"] = new(v => v[0] * v[1], [2, 3], [2, 3]),
        ["multiply by a scalar variable"] = new(v => v[0] * v[1], [2, 3], []),
        ["divide"] = new(v => v[0] / v[1], [2, 3], [3]) { Low = 0.5f, High = 2 },
        ["negate"] = new(v => -(v[0] * v[0]), [5]),
        ["scale"] = new(v => Scale(Square(v[0]), 2.5f), [5]),
        ["shift"] = new(v => Square(Shift(v[0], 0.7f)), [5]),
        ["exp"] = new(v => Exp(v[0]), [5]),
        ["log"] = new(v => Log(v[0]), [5]) { Low = 0.5f, High = 2 },
        ["sqrt"] = new(v => Sqrt(v[0]), [5]) { Low = 0.5f, High = 2 },
        ["square"] = new(v => Square(v[0]), [5]),
        ["pow"] = new(v => Pow(v[0], 2.5f), [5]) { Low = 0.5f, High = 2 },
        ["abs"] = new(v => Abs(v[0]) * v[0], [6]),
        ["relu"] = new(v => Relu(v[0]) * v[0], [6]),
        ["sigmoid"] = new(v => Sigmoid(v[0]), [5]) { Low = -3, High = 3 },
        ["tanh"] = new(v => Tanh(v[0]), [5]) { Low = -2, High = 2 },
        ["softplus"] = new(v => Softplus(v[0]), [5]) { Low = -3, High = 3 },
        ["matmul"] = new(v => MatMul(v[0], v[1]), [2, 3], [3, 4]),
        ["matmul, left transposed"] = new(v => MatMul(v[0], v[1], transposeLeft: true), [3, 2], [3, 4]),
        ["matmul, right transposed"] = new(v => MatMul(v[0], v[1], transposeRight: true), [2, 3], [4, 3]),
        ["matmul, both transposed"] = new(v => MatMul(v[0], v[1], true, true), [3, 2], [4, 3]),
        ["reshape"] = new(v => Square(Reshape(v[0], [3, 2])), [2, 3]),
        ["transpose"] = new(v => MatMul(Transpose(v[0]), v[0]), [2, 3]),
        ["permute"] = new(v => Square(Transpose(v[0], [2, 0, 1])), [2, 3, 2]),
        ["broadcast"] = new(v => Square(BroadcastTo(v[0], [4, 2, 3])), [2, 1]),
        ["sum"] = new(v => Square(Sum(v[0])), [2, 3]),
        ["sum over the middle"] = new(v => Square(Sum(v[0], [1])), [2, 3, 2]),
        ["sum over the ends"] = new(v => Square(Sum(v[0], [0, 2], keepDimensions: true)), [2, 3, 2]),
        ["mean over an axis"] = new(v => Square(Mean(v[0], [0])), [2, 3]),
        ["max over an axis"] = new(v => Square(Max(v[0], [1])), [3, 4]),
        ["gather"] = new(v => Square(Gather(v[0], [5, 0, 0, 2], [2, 2])), [2, 3]),
        ["scatter-add"] = new(v => Square(ScatterAdd(v[0], [1, 1, 0, 3], [2, 2])), [4]),
        ["log-softmax"] = new(v => LogSoftmax(v[0]), [2, 4]),
        ["softmax"] = new(v => Softmax(v[0]), [2, 4]),
        ["cross-entropy, labels"] = new(v => Losses.SoftmaxCrossEntropy(v[0], [2, 0, 1]), [3, 4]),
        ["cross-entropy, distributions"] = new(v => Losses.SoftmaxCrossEntropy(v[0], Softmax(v[1])), [3, 4], [3, 4]),
        ["binary cross-entropy"] = new(v => Losses.BinaryCrossEntropy(v[0], v[1]), [3, 2], [3, 2]),
        ["mean squared error"] = new(v => Losses.MeanSquaredError(v[0], v[1]), [3, 2], [3, 2]),
        ["conv2d"] = new(v => Conv2d(v[0], v[1]), [2, 2, 4, 4], [2, 2, 3, 3]),
        ["conv2d, padded"] = new(v => Conv2d(v[0], v[1], padding: 2), [1, 2, 3, 4], [2, 2, 5, 5]),
        ["conv2d, strided"] = new(v => Conv2d(v[0], v[1], stride: 2, padding: 1), [2, 1, 5, 6], [2, 1, 3, 3]),
        ["conv2d, stride above the window"] = new(v => Conv2d(v[0], v[1], stride: 3), [1, 2, 5, 5], [1, 2, 2, 2]),
        ["max pooling"] = new(v => Square(MaxPool2d(v[0], 2)), [1, 2, 4, 5]),
        ["max pooling, overlapping"] = new(v => Square(MaxPool2d(v[0], 3, stride: 1)), [1, 1, 4, 4]),
        ["average pooling"] = new(v => Square(AveragePool2d(v[0], 2)), [1, 2, 4, 5]),
        ["average pooling, overlapping"] = new(v => Square(AveragePool2d(v[0], 3, stride: 2)), [1, 1, 5, 5]),
    };

    public static IEnumerable<string> Names => Cases.Keys;

    public static OperationCase Find(string name) => Cases[name];
}
