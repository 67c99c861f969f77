using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Paillier;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Plain;
using FedHe.TestKit.Toy;

namespace FedHe.TestKit.Schemes;

/// <summary>The registry lists every scheme and parameter set on which the repository's own tests run.</summary>
public static class SchemeRegistry
{
    /// <summary>The scheme without encryption, which serves as the oracle.</summary>
    public static SchemeUnderTest Plain { get; } =
        new("plain-insecure", new InsecurePlainScheme(), InsecurePlainParameters.Default);

    /// <summary>The toy scheme, which is written against the public surface alone.</summary>
    public static SchemeUnderTest Toy { get; } = new("toy-insecure", new ToyScheme(), new ToyScheme().DefaultParameters);

    /// <summary>The default CKKS parameters of everything that a single key can do.</summary>
    public static SchemeUnderTest CkksAggregation { get; } = Ckks("ckks-aggregation", CkksParameters.Aggregation);

    /// <summary>The CKKS parameters of the paper: slots, three primes, and depth 1.</summary>
    public static SchemeUnderTest CkksPaperDefault { get; } = Ckks("ckks-paper-default", CkksParameters.PaperDefault);

    /// <summary>The smallest CKKS ring, where noise is largest relative to the scale.</summary>
    public static SchemeUnderTest CkksSmallest { get; } = Ckks("ckks-1024-coefficients", new CkksParametersLiteral
    {
        Degree = 1024,
        LogModuli = [26],
        LogScale = 14,
    });

    /// <summary>The smallest CKKS ring with a level to spend.</summary>
    public static SchemeUnderTest CkksSmallestSlots { get; } = Ckks("ckks-2048-slots", new CkksParametersLiteral
    {
        Degree = 2048,
        LogModuli = [27, 26],
        Packing = CkksPacking.Slots,
        LogScale = 14,
        Depth = 1,
    });

    /// <summary>The largest CKKS prime in a ring of degree 2048, close to the limit of the security table.</summary>
    public static SchemeUnderTest Ckks2048 { get; } = Ckks("ckks-2048-coefficients", new CkksParametersLiteral
    {
        Degree = 2048,
        LogModuli = [50],
        LogScale = 30,
    });

    /// <summary>The CKKS slots without a level, at the largest scale, for integer weights with the paper's precision.</summary>
    public static SchemeUnderTest Ckks8192Slots { get; } = Ckks("ckks-8192-slots-depth-0", new CkksParametersLiteral
    {
        Degree = 8192,
        LogModuli = [50, 50],
        Packing = CkksPacking.Slots,
        LogScale = 52,
    });

    /// <summary>A large CKKS ring with unequal primes and a level.</summary>
    public static SchemeUnderTest Ckks16384Slots { get; } = Ckks("ckks-16384-slots", new CkksParametersLiteral
    {
        Degree = 16384,
        LogModuli = [50, 40, 45],
        Packing = CkksPacking.Slots,
        LogScale = 45,
        Depth = 1,
    });

    /// <summary>The largest CKKS ring.</summary>
    public static SchemeUnderTest Ckks32768Slots { get; } = Ckks("ckks-32768-slots", new CkksParametersLiteral
    {
        Degree = 32768,
        LogModuli = [50, 50],
        Packing = CkksPacking.Slots,
        LogScale = 40,
        Depth = 0,
    });

    /// <summary>
    /// The exact 16-bit integers, one in each coefficient, for sums of up to 1,000 vectors under either kind of key.
    /// </summary>
    public static SchemeUnderTest CkksExact { get; } =
        Ckks("ckks-exact-16", CkksParameters.ForExactIntegers(16, largestTotalWeight: 1000, CkksTraffic.PublicKey));

    /// <summary>The exact integers of few bits, several in each coefficient of a smaller ring.</summary>
    public static SchemeUnderTest CkksExactFields { get; } = Ckks("ckks-exact-4-fields", new CkksParametersLiteral
    {
        Degree = 2048,
        LogModuli = [50],
        Packing = CkksPacking.ExactIntegers,
        LogScale = 3,
        LargestTotalWeight = 400,
        Traffic = CkksTraffic.PublicKey,
    });

    /// <summary>The exact 16-bit integers over two primes, two in each coefficient, under either kind of key.</summary>
    public static SchemeUnderTest CkksExactTwoPrimes { get; } = Ckks(
        "ckks-exact-16-two-primes",
        CkksParameters.ForExactIntegers(16, largestTotalWeight: 1000, CkksTraffic.PublicKey, primes: 2));

    /// <summary>The smallest Paillier keys, whose arithmetic costs least, with 16 bits for sums of up to 1,000 vectors.</summary>
    public static SchemeUnderTest Paillier { get; } =
        PaillierKeys("paillier-2048-16", PaillierParameters.Create(largestTotalWeight: 1000, precisionBits: 16, keyBits: 2048));

    /// <summary>The list of all registered schemes and parameter sets.</summary>
    public static IReadOnlyList<SchemeUnderTest> All { get; } =
    [
        Plain, CkksAggregation, CkksPaperDefault, CkksSmallest, CkksSmallestSlots, Ckks2048, Ckks8192Slots, Ckks16384Slots,
        Ckks32768Slots, CkksExact, CkksExactFields, CkksExactTwoPrimes,
        Paillier,
    ];

    /// <summary>The parameter sets that hosts use, on which the tests of the layers above run.</summary>
    public static IReadOnlyList<SchemeUnderTest> Everyday { get; } = [Plain, CkksAggregation, CkksPaperDefault, CkksExact, Paillier];

    /// <summary>Lists the schemes and parameter sets whose objects <paramref name="subject"/> must refuse.</summary>
    public static IEnumerable<SchemeUnderTest> ForeignTo(SchemeUnderTest subject)
        => Everyday.Where(other => other.Parameters.Id != subject.Parameters.Id);

    private static SchemeUnderTest Ckks(string name, CkksParametersLiteral literal)
        => Ckks(name, CkksParameters.Create(literal));

    private static SchemeUnderTest Ckks(string name, CkksParameters parameters) => new(name, new CkksScheme(), parameters)
    {
        Compresses = true,
        Rescales = parameters.Depth > 0,
    };

    private static SchemeUnderTest PaillierKeys(string name, PaillierParameters parameters)
        => new(name, new PaillierScheme(), parameters) { RandomVectors = 100, AcceptedForEachUse = 16 };
}
