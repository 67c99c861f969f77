using FedHe.Crypto;
using FedHe.Crypto.Parameters;

namespace FedHe.TestKit.Schemes;

/// <summary>A scheme under test is a scheme with one parameter set, as the conformance suite sees the scheme.</summary>
public sealed class SchemeUnderTest
{
    private readonly Lazy<HeContext> _context;

    /// <summary>Registers a scheme under a name that test reports can show.</summary>
    public SchemeUnderTest(string name, IHeScheme scheme, HeParameters parameters)
    {
        Name = name;
        Scheme = scheme;
        Parameters = parameters;
        _context = new Lazy<HeContext>(() => scheme.CreateContext(parameters));
    }

    /// <summary>The name of the scheme and parameter set in test reports.</summary>
    public string Name { get; }

    /// <summary>The scheme that the suite tests.</summary>
    public IHeScheme Scheme { get; }

    /// <summary>The parameter set of the scheme.</summary>
    public HeParameters Parameters { get; }

    /// <summary>The one context of all tests.</summary>
    /// <remarks>Contexts are immutable and thread-safe, and the suite holds them to it.</remarks>
    public HeContext Context => _context.Value;

    /// <summary>The number of vectors in the statistics of the suite.</summary>
    /// <remarks>
    /// A scheme takes 10,000 vectors, and fewer where errors have no random part and a ciphertext costs milliseconds.
    /// </remarks>
    public int RandomVectors { get; init; } = 10_000;

    /// <summary>The number of accepted spoiled objects for each one that is used.</summary>
    /// <remarks>Every accepted object is used by default, and fewer where keys and ciphertexts cost milliseconds.</remarks>
    public int AcceptedForEachUse { get; init; } = 1;

    /// <summary>A flag that tells whether the context must have a compressor.</summary>
    public bool Compresses { get; init; }

    /// <summary>A flag that tells whether the context must have a rescaler.</summary>
    public bool Rescales { get; init; }

    /// <summary>A flag that tells whether the scheme hides anything at all.</summary>
    public bool IsSecure => Parameters.SecurityLevel != SecurityLevel.None;

    /// <summary>Tells whether the scheme claims a capability.</summary>
    public bool Can(HeCapabilities capability) => Scheme.Capabilities.HasFlag(capability);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
