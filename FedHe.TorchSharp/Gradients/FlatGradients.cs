using FedHe.TorchSharp.Kernels;
using FedHe.TorchSharp.State;
using static TorchSharp.torch;

namespace FedHe.TorchSharp.Gradients;

/// <summary>Flat gradients are the gradients of a layout's entries, one after the other as in the flat vector.</summary>
internal static class FlatGradients
{
    /// <summary>Computes the gradient of a scalar, with zeros for entries that it does not depend on and for frozen ones and buffers.</summary>
    /// <param name="loss">A tensor of one element.</param>
    /// <param name="entries">The entries of a layout.</param>
    /// <param name="destination">Receives the gradient.</param>
    public static void Compute(Tensor loss, IReadOnlyList<BoundEntry> entries, Span<float> destination)
    {
        destination.Clear();
        Tensor[] inputs = [.. entries.SelectMany(entry => entry.Tensors).Where(tensor => tensor.requires_grad)];
        if (inputs.Length == 0 || !loss.requires_grad)
        {
            return;
        }

        var gradients = new Dictionary<nint, Tensor>();
        foreach ((Tensor input, Tensor gradient) in inputs.Zip(autograd.grad([loss.sum()], inputs, allow_unused: true)))
        {
            // Autograd gives no tensor for what the loss does not depend on.
            if (!gradient.IsInvalid)
            {
                gradients.Add(input.Handle, gradient);
            }
        }

        Write(entries, tensor => gradients.GetValueOrDefault(tensor.Handle), destination);
    }

    /// <summary>Writes gradients, added up over tensors that share memory.</summary>
    public static void Write(IReadOnlyList<BoundEntry> entries, Func<Tensor, Tensor?> gradientOf, Span<float> destination)
    {
        destination.Clear();
        foreach (BoundEntry entry in entries)
        {
            Span<float> part = destination[..entry.Specification.ToArrayLength()];
            foreach (Tensor gradient in entry.Tensors.Select(gradientOf).OfType<Tensor>())
            {
                Tensor singles = ModuleReader.InMemory(gradient.is_sparse ? gradient.to_dense() : gradient, ScalarType.Float32);
                Add(TensorMemory.Of<float>(singles), part);
                GC.KeepAlive(singles);
            }

            destination = destination[part.Length..];
        }
    }

    private static void Add(ReadOnlySpan<float> values, Span<float> sums)
    {
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] += values[i];
        }
    }
}
