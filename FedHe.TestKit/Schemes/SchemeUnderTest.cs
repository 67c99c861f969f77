using FedHe.Crypto;
using FedHe.Crypto.Parameters;

namespace FedHe.TestKit.Schemes;

/// <summary>A scheme with one parameter set, as the conformance suite sees it.</summary>
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

    /// <summary>Name in test reports.</summary>
    public string Name { get; }

    /// <summary>The scheme.</summary>
    public IHeScheme Scheme { get; }

    /// <summary>The parameter set.</summary>
    public HeParameters Parameters { get; }

    /// <summary>One context for every test: contexts are immutable and thread-safe, and the suite holds them to it.</summary>
    public HeContext Context => _context.Value;

    /// <summary>
    /// How many vectors the statistics of the suite take: 10,000, and fewer where errors have no random part and a ciphertext
    /// costs milliseconds.
    /// </summary>
    public int RandomVectors { get; init; } = 10_000;

    /// <summary>
    /// Of how many spoilt objects that were accepted one is used: each of them, and fewer where keys and ciphertexts cost
    /// milliseconds.
    /// </summary>
    public int AcceptedForEachUse { get; init; } = 1;

    /// <summary>Whether the context must have a compressor.</summary>
    public bool Compresses { get; init; }

    /// <summary>Whether the context must have a rescaler.</summary>
    public bool Rescales { get; init; }

    /// <summary>Whether the scheme hides anything at all.</summary>
    public bool IsSecure => Parameters.SecurityLevel != SecurityLevel.None;

    /// <summary>Whether the scheme claims a capability.</summary>
    public bool Can(HeCapabilities capability) => Scheme.Capabilities.HasFlag(capability);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
