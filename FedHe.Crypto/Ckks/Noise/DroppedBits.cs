namespace FedHe.Crypto.Ckks.Noise;

/// <summary>
/// Counts the low bits of each coefficient that the wire leaves out. The reader puts half a unit in their place, so t
/// dropped bits add an error that is uniform in [-2^(t-1), 2^(t-1)]. Dropping public bits cannot hurt security.
/// </summary>
/// <param name="C0">Number of bits dropped of a coefficient of c0.</param>
/// <param name="C1">
/// Number of bits dropped of a coefficient of c1. Their loss is multiplied by the secret key, so fewer can be spared.
/// </param>
internal readonly record struct DroppedBits(int C0, int C1)
{
    /// <summary>Fewest bits of a coefficient that the wire keeps: packing fewer gains nothing.</summary>
    public const int LeastKept = 2;

    public static DroppedBits None => default;

    public bool IsWithin(DroppedBits most) => C0 <= most.C0 && C1 <= most.C1;

    public int Of(int polynomial) => polynomial == 0 ? C0 : C1;
}
