namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>The full half range [0, p) allows p &lt; 2^31.</summary>
internal readonly struct FullHalfRange : IHalfRange
{
    public static int LogMaxModulus => 31;

    public static bool IsLazy => false;
}
