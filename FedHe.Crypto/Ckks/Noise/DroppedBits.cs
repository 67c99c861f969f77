namespace FedHe.Crypto.Ckks.Noise;

/// <summary>
/// Dropped bits are the low bits of each coefficient that the wire leaves out, t of which add an error that is uniform
/// in [-2^(t-1), 2^(t-1)].
/// </summary>
/// <param name="C0">Number of bits dropped of a coefficient of c0.</param>
/// <param name="C1">
/// Number of bits dropped of a coefficient of c1. Their loss is multiplied by the secret key, so fewer can be spared.
/// </param>
/// <remarks>
/// The reader puts half a unit in the place of the dropped bits. Dropping public bits cannot harm security.
/// </remarks>
internal readonly record struct DroppedBits(int C0, int C1)
{
    /// <summary>The fewest bits of a coefficient that the wire keeps. Packing fewer bits gains nothing.</summary>
    public const int LeastKept = 2;

    public static DroppedBits None => default;

    public bool IsWithin(DroppedBits most) => C0 <= most.C0 && C1 <= most.C1;

    public int Of(int polynomial) => polynomial == 0 ? C0 : C1;
}
