namespace FedHe.Crypto.Errors;

/// <summary>A parameter error names the one reason why parameters were refused.</summary>
public enum ParameterError
{
    /// <summary>The parameters are valid.</summary>
    None = 0,

    /// <summary>The ring degree is not one of 1024, 2048, 4096, 8192, 16384, 32768.</summary>
    DegreeNotSupported,

    /// <summary>The modulus has no prime, or more primes than are supported (exact integers support two).</summary>
    ModulusCountNotSupported,

    /// <summary>
    /// A modulus has more bits than the kernels can multiply exactly, or too few to be a prime of the ring.
    /// </summary>
    ModulusSizeNotSupported,

    /// <summary>A modulus is not a prime that is 1 modulo twice the degree.</summary>
    ModulusNotPrimeOfTheRing,

    /// <summary>The same modulus appears twice.</summary>
    ModulusRepeated,

    /// <summary>There are not enough primes of the requested size for this degree.</summary>
    NotEnoughPrimes,

    /// <summary>The scaling bits are outside 14 to 52, or the bits of exact integers outside 2 to 32.</summary>
    ScaleNotSupported,

    /// <summary>The scale leaves no room in the modulus for a single value of magnitude 1 and its noise.</summary>
    ScaleExceedsModulus,

    /// <summary>The requested multiplicative depth needs more primes, or is above 1.</summary>
    DepthNotSupported,

    /// <summary>The modulus is too large for the degree at the required security level.</summary>
    SecurityBelowRequired,

    /// <summary>The packing is undefined.</summary>
    PackingNotSupported,

    /// <summary>The parameters belong to another scheme.</summary>
    WrongScheme,

    /// <summary>
    /// The largest total weight of exact integers is outside 1 to 2^32, or set for a packing that has none.
    /// </summary>
    TotalWeightNotSupported,

    /// <summary>The traffic of exact integers is undefined, or set for a packing that has none.</summary>
    TrafficNotSupported,

    /// <summary>
    /// Not even one exact integer of the requested precision and total weight fits a coefficient beside the noise, or a
    /// field of 48 bits.
    /// </summary>
    PrecisionExceedsModulus,

    /// <summary>The scheme has no keys of the requested number of bits.</summary>
    KeySizeNotSupported,

    /// <summary>
    /// A sharing has fewer than 2 or more than 255 members, a threshold outside 2 to that number, or a length outside 1 to 2^15.
    /// </summary>
    SharingNotSupported,
}
