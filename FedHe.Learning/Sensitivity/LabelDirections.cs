using FedHe.Learning.Randomness;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.Sensitivity;

/// <summary>
/// The directions in which labels are moved to see how much a gradient gives them away: tensors [batch, outputs], of
/// which several stand for the norm over all of them.
/// </summary>
public static class LabelDirections
{
    /// <summary>The entry of each sample's true label: one direction.</summary>
    /// <param name="labels">One class index a sample, or any numbers for models of one output.</param>
    /// <param name="outputs">Outputs of the model.</param>
    public static IReadOnlyList<Tensor> TrueLabel(ReadOnlySpan<int> labels, int outputs)
        => [outputs == 1 ? Tensor.Filled([labels.Length, 1], 1) : Tensor.OneHot(labels, outputs)];

    /// <summary>Independent random signs in every entry: one direction, whose square is that of all entries in the mean.</summary>
    /// <param name="batch">Number of samples.</param>
    /// <param name="outputs">Outputs of the model.</param>
    /// <param name="seed">Equal seeds give equal signs.</param>
    /// <remarks>Hutchinson, Communications in Statistics 19(2), 1990.</remarks>
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

    /// <summary>Every entry by itself: as many directions as outputs.</summary>
    /// <param name="batch">Number of samples.</param>
    /// <param name="outputs">Outputs of the model.</param>
    public static IReadOnlyList<Tensor> AllClasses(int batch, int outputs)
        => [.. Enumerable.Range(0, outputs).Select(label => Tensor.OneHot([.. Enumerable.Repeat(label, batch)], outputs))];
}
