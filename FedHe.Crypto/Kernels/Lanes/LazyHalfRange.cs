namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>The lazy half range [0, 2p) leaves products as they are, and needs p &lt; 2^30 for sums of two residues.</summary>
internal readonly struct LazyHalfRange : IHalfRange
{
    public static int LogMaxModulus => 30;

    public static bool IsLazy => true;
}
