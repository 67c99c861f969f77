using System.Numerics.Tensors;

namespace FedHe.PrivacyAudit.Optimization;

internal static class Vectors
{
    public static double Dot(ReadOnlySpan<double> left, ReadOnlySpan<double> right) => TensorPrimitives.Dot(left, right);

    /// <summary>Computes destination = start + direction * factor.</summary>
    public static void AddScaled(
        ReadOnlySpan<double> start, ReadOnlySpan<double> direction, double factor, Span<double> destination)
        => TensorPrimitives.MultiplyAdd(direction, factor, start, destination);
}
