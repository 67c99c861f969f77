using FedHe.Crypto.Errors;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto;

/// <summary>An additively homomorphic scheme: the entry point of layer 1.</summary>
/// <remarks>Source: FedML-HE, section 2.5 (Crypto Foundation) and Table 3.</remarks>
public interface IHeScheme
{
    /// <summary>Short lower-case name, such as <c>ckks</c>.</summary>
    string Name { get; }

    /// <summary>The kinds of encryption that the scheme has.</summary>
    HeCapabilities Capabilities { get; }

    /// <summary>The parameters to use when there is no reason for others.</summary>
    HeParameters DefaultParameters { get; }

    /// <summary>Creates a context for validated parameters.</summary>
    /// <param name="parameters">Parameters of this scheme, or null for <see cref="DefaultParameters"/>.</param>
    /// <param name="options">How the context works, or null for the defaults.</param>
    /// <exception cref="HeParameterException">The parameters belong to another scheme.</exception>
    HeContext CreateContext(HeParameters? parameters = null, HeContextOptions? options = null);

    /// <summary>Reads and validates parameters written by <see cref="HeParameters.WriteTo"/>.</summary>
    /// <exception cref="HeFormatException">The bytes are malformed.</exception>
    /// <exception cref="HeParameterException">The bytes are well formed, but the parameters are not acceptable.</exception>
    HeParameters ReadParameters(ReadOnlySpan<byte> source);
}
