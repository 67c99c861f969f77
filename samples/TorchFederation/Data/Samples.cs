using FedHe.Learning.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace TorchFederation.Data;

/// <summary>Labeled samples as tensors.</summary>
/// <param name="Inputs">[samples, ...sample shape].</param>
/// <param name="Labels">[samples], or [samples, length] for sequences.</param>
internal sealed record Samples(Tensor Inputs, Tensor Labels) : IDisposable
{
    public int Count => (int)Inputs.shape[0];

    public static Samples Of(Dataset dataset)
    {
        long[] shape = [dataset.Count, .. dataset.SampleShape.Select(length => (long)length)];
        long[] labels = [.. dataset.Labels.ToArray().Select(label => (long)label)];
        return new Samples(tensor(dataset.Features.Values.ToArray(), shape), tensor(labels));
    }

    public void Dispose()
    {
        Inputs.Dispose();
        Labels.Dispose();
    }
}
