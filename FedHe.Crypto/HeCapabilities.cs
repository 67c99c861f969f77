using FedHe.Crypto.Operations;

namespace FedHe.Crypto;

/// <summary>What a scheme can do. Ask before building; a missing capability is refused at construction, never mid-round.</summary>
[Flags]
public enum HeCapabilities
{
    /// <summary>Nothing beyond secret-key encryption, addition and decryption.</summary>
    None = 0,

    /// <summary>Anyone with the public key can encrypt.</summary>
    PublicKeyEncryption = 1,

    /// <summary>Secret-key encryption whose upload replaces half of the ciphertext by a 32-byte seed.</summary>
    SeededEncryption = 2,

    /// <summary>Multiplication of an encrypted vector by a positive integer weight (<see cref="IWeightedEvaluator"/>).</summary>
    IntegerWeights = 4,

    /// <summary>Multiplication by a plaintext real followed by a rescale (<see cref="IRescalingEvaluator"/>).</summary>
    ScalarProduct = 8,

    /// <summary>Smaller vectors on the wire for a stated loss of precision (<see cref="IVectorCompressor"/>).</summary>
    Compression = 16,
}
