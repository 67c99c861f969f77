using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Crypto.Paillier.Arithmetic;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Paillier.Randomness;

/// <summary>
/// A comb source creates randomizers rho = h_s^r modulo n^2, with h_s = h^n and uniform r of half of the bits of n, by
/// a fixed-base comb. It is constant-time in the exponents.
/// </summary>
/// <remarks>
/// The tables of the comb, which cost as much as a hundred encryptions, are computed for the first randomizer. Source:
/// Damgard, Jurik and Nielsen, International Journal of Information Security 9 (2010), section 4.2.
/// </remarks>
internal sealed class CombRandomizerSource : RandomizerSource
{
    private readonly PaillierArithmetic _arithmetic;
    private readonly RandomSource _random;
    private readonly ReadOnlyMemory<byte> _generator;
    private readonly Lock _gate = new();
    private FixedBaseComb? _comb;

    /// <summary>Creates the source of a public key.</summary>
    /// <param name="arithmetic">Arithmetic modulo n^2.</param>
    /// <param name="generator">h: big-endian, as long as n, a unit below n.</param>
    /// <param name="random">The source of exponents r that are drawn before there is a plaintext.</param>
    public CombRandomizerSource(PaillierArithmetic arithmetic, ReadOnlyMemory<byte> generator, RandomSource random)
    {
        _arithmetic = arithmetic;
        _random = random;
        _generator = generator;
    }

    private int ExponentLength => _arithmetic.ModulusLength / 2;

    /// <inheritdoc/>
    /// <remarks>The encoding is the Montgomery form rho*R as the pair of its remainder and its quotient by n.</remarks>
    public override void Create(Span<byte> randomizers) => Create(randomizers, _random);

    /// <inheritdoc/>
    public override void Create(Span<byte> randomizers, RandomSource random)
    {
        FixedBaseComb comb = Comb();
        using ModularWorkspace workspace = _arithmetic.Workspaces.Rent();
        SquareModulus modulus = _arithmetic.Modulus;
        int length = _arithmetic.ModulusLength;
        int exponentWords = ExponentLength / sizeof(ulong);
        Span<byte> exponent = stackalloc byte[ExponentLength];
        Span<ulong> exponents = workspace.GroupWords.Span[..(modulus.Lanes * exponentWords)];
        Span<ulong> words = workspace.Words.Span[..(modulus.Modulus.Length + 1)];
        int count = randomizers.Length / _arithmetic.CiphertextLength;
        for (int start = 0; start < count; start += modulus.Lanes)
        {
            int lanes = Math.Min(modulus.Lanes, count - start);
            for (int lane = 0; lane < lanes; lane++)
            {
                random.Fill(exponent);
                MultiPrecisionInteger.ReadBigEndian(exponent, exponents.Slice(lane * exponentWords, exponentWords));
            }

            comb.Raise(exponents, workspace.Second, workspace.First, workspace.Scratch); // h_s^r
            for (int half = 0; half < 2 * lanes; half++)
            {
                ReadOnlySpan<ulong> residue = workspace.First.Span.Slice(half % 2 * modulus.ResidueLength, modulus.ResidueLength);
                modulus.Export(residue, modulus.Limbs, half / 2, words);
                MultiPrecisionInteger.SubtractOnce(words, modulus.Modulus);
                MultiPrecisionInteger.WriteBigEndian(words[..^1], randomizers.Slice(((2 * start) + half) * length, length));
            }
        }

        SecretMemory.Zero(exponent);
    }

    private FixedBaseComb Comb()
    {
        // The next call tries again after a failure, such as one for want of memory, which Lazy would repeat forever.
        lock (_gate)
        {
            return _comb ??= CreateComb(_arithmetic, _generator.Span);
        }
    }

    private static FixedBaseComb CreateComb(PaillierArithmetic arithmetic, ReadOnlySpan<byte> generator)
    {
        using ModularWorkspace workspace = arithmetic.Workspaces.Rent();
        SquareModulus modulus = arithmetic.Modulus;
        MultiPrecisionInteger.ReadBigEndian(generator, workspace.Words);
        modulus.Broadcast(workspace.Words, workspace.First);
        modulus.Multiply(workspace.First, modulus.RadixPower(2), workspace.First, workspace.Scratch);

        // h_s = h^n
        ModularPower.RaiseInVariableTime(modulus, workspace.First, modulus.Modulus, workspace.Second, workspace.Scratch);
        return new FixedBaseComb(modulus, workspace.Second, arithmetic.ModulusLength / 2 * 8);
    }
}
