using System.Numerics;
using System.Runtime.InteropServices;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.Kernels;

/// <summary>The gate kernel passes values where another tensor is positive.</summary>
internal static class GateKernel
{
    /// <summary>Computes result[i] = gate[i] > 0 ? values[i] : 0.</summary>
    public static Tensor Apply(Tensor values, Tensor gate)
    {
        var result = Tensor.Uninitialized(values.Shape);
        ReadOnlySpan<float> source = values.Values;
        ReadOnlySpan<float> gates = gate.Values;
        Span<float> destination = result.Values;

        ReadOnlySpan<Vector<float>> sourceVectors = MemoryMarshal.Cast<float, Vector<float>>(source);
        ReadOnlySpan<Vector<float>> gateVectors = MemoryMarshal.Cast<float, Vector<float>>(gates);
        Span<Vector<float>> destinationVectors = MemoryMarshal.Cast<float, Vector<float>>(destination);
        for (int i = 0; i < destinationVectors.Length; i++)
        {
            var open = Vector.GreaterThan(gateVectors[i], Vector<float>.Zero);
            destinationVectors[i] = Vector.ConditionalSelect(open, sourceVectors[i], Vector<float>.Zero);
        }

        for (int i = destinationVectors.Length * Vector<float>.Count; i < destination.Length; i++)
        {
            destination[i] = gates[i] > 0 ? source[i] : 0;
        }

        return result;
    }
}
