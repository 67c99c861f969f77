namespace FedHe.Crypto.Ckks.Noise;

/// <summary>
/// How many low bits of each coefficient the wire leaves out. The reader puts half a unit in their place, so the error is
/// uniform in [-2^(t-1), 2^(t-1)]. Dropping public bits of a ciphertext cannot hurt its security.
/// </summary>
/// <param name="C0">Bits dropped of c0.</param>
/// <param name="C1">Bits dropped of c1, as coefficients; they meet the secret key, so fewer can be spared.</param>
internal readonly record struct DroppedBits(int C0, int C1)
{
    /// <summary>Fewest bits of a coefficient that the wire keeps: packing fewer gains nothing.</summary>
    public const int LeastKept = 2;

    public static DroppedBits None => default;

    public bool IsWithin(DroppedBits most) => C0 <= most.C0 && C1 <= most.C1;

    public int Of(int polynomial) => polynomial == 0 ? C0 : C1;
}
