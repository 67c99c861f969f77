namespace FedHe.Crypto.Errors;

/// <summary>The one named reason why parameters were refused.</summary>
public enum ParameterError
{
    /// <summary>The parameters are valid.</summary>
    None = 0,

    /// <summary>The ring degree is not one of 1024, 2048, 4096, 8192, 16384, 32768.</summary>
    DegreeNotSupported,

    /// <summary>There is no modulus, or there are more than the supported number of primes: one for exact integers.</summary>
    ModulusCountNotSupported,

    /// <summary>A modulus has more bits than the kernels can multiply exactly, or too few to be a prime of the ring.</summary>
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

    /// <summary>The packing is not a defined one.</summary>
    PackingNotSupported,

    /// <summary>The parameters belong to another scheme.</summary>
    WrongScheme,

    /// <summary>The largest total weight of exact integers is outside 1 to 2^32, or set for another packing.</summary>
    TotalWeightNotSupported,

    /// <summary>The traffic that exact integers are planned for is not a defined one, or set for another packing.</summary>
    TrafficNotSupported,

    /// <summary>
    /// Not even one exact integer of the precision and total weight fits a coefficient beside the noise, or a field of 48 bits.
    /// </summary>
    PrecisionExceedsModulus,

    /// <summary>Keys of the scheme cannot have that many bits.</summary>
    KeySizeNotSupported,
}
