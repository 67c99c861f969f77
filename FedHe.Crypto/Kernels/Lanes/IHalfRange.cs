namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>A half range says how far residues of 32 bits may exceed the modulus between operations.</summary>
internal interface IHalfRange
{
    /// <summary>The logarithm of the exclusive bound of the modulus p.</summary>
    static abstract int LogMaxModulus { get; }

    /// <summary>Whether residues are in [0, 2p), else in [0, p).</summary>
    static abstract bool IsLazy { get; }
}
