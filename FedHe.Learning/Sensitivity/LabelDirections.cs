using FedHe.Learning.Randomness;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.Sensitivity;

/// <summary>
/// Label directions are tensors [batch, outputs] along which labels are moved to see how much a gradient reveals of the
/// labels; several directions stand for the norm over all of them.
/// </summary>
public static class LabelDirections
{
    /// <summary>Creates the one direction that points along the entry of each sample's true label.</summary>
    /// <param name="labels">One class index per sample, or any numbers for models of one output.</param>
    /// <param name="outputs">The number of outputs of the model.</param>
    public static IReadOnlyList<Tensor> TrueLabel(ReadOnlySpan<int> labels, int outputs)
        => [outputs == 1 ? Tensor.Filled([labels.Length, 1], 1) : Tensor.OneHot(labels, outputs)];

    /// <summary>Creates one direction of independent random signs, along which the squared derivative of a gradient is,
    /// in the mean, the sum of squares over all entries.</summary>
    /// <param name="batch">The number of samples.</param>
    /// <param name="outputs">The number of outputs of the model.</param>
    /// <param name="seed">Equal seeds give equal signs.</param>
    /// <remarks>Source: Hutchinson, Communications in Statistics 19(2), 1990.</remarks>
    public static IReadOnlyList<Tensor> RandomSigns(int batch, int outputs, int seed)
    {
        var random = new SeededRandom(seed);
        Tensor signs = Tensor.Zeros([batch, outputs]);
        foreach (ref float sign in signs.Values)
        {
            sign = random.NextUniform(-1, 1) < 0 ? -1 : 1;
        }

        return [signs];
    }

    /// <summary>Creates one direction per output of the model, so that every entry is measured by itself.</summary>
    /// <param name="batch">The number of samples.</param>
    /// <param name="outputs">The number of outputs of the model.</param>
    public static IReadOnlyList<Tensor> AllClasses(int batch, int outputs)
        => [.. Enumerable.Range(0, outputs).Select(label => Tensor.OneHot([.. Enumerable.Repeat(label, batch)], outputs))];
}
