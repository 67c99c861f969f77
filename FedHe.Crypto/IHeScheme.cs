using FedHe.Crypto.Errors;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto;

/// <summary>
/// A scheme creates contexts of one additively homomorphic encryption scheme. It is the entry point of this library.
/// </summary>
/// <remarks>Source: FedML-HE, section 2.5 (Crypto Foundation) and Table 3.</remarks>
public interface IHeScheme
{
    /// <summary>The short lower-case name of the scheme, such as <c>ckks</c>.</summary>
    string Name { get; }

    /// <summary>The kinds of encryption that the scheme has.</summary>
    HeCapabilities Capabilities { get; }

    /// <summary>The parameters to use when there is no reason for other ones.</summary>
    HeParameters DefaultParameters { get; }

    /// <summary>Creates a context of the given parameters.</summary>
    /// <param name="parameters">Parameters of this scheme, or null for <see cref="DefaultParameters"/>.</param>
    /// <param name="options">Options of the context, or null for the defaults.</param>
    /// <exception cref="HeParameterException">The parameters belong to another scheme.</exception>
    HeContext CreateContext(HeParameters? parameters = null, HeContextOptions? options = null);

    /// <summary>Reads and validates parameters that <see cref="HeParameters.WriteTo"/> wrote.</summary>
    /// <exception cref="HeFormatException">The bytes are malformed.</exception>
    /// <exception cref="HeParameterException">The bytes are well formed, but the parameters are not acceptable.</exception>
    HeParameters ReadParameters(ReadOnlySpan<byte> source);
}
