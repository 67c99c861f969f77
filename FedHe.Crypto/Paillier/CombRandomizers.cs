using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Paillier;

/// <summary>Randomizers by a fixed-base comb, constant-time in the exponents.</summary>
internal sealed class CombRandomizers : PaillierRandomizers
{
    private readonly PaillierArithmetic _arithmetic;
    private readonly RandomSource _random;
    private readonly FixedBaseComb _comb;

    public CombRandomizers(PaillierArithmetic arithmetic, ReadOnlySpan<byte> generator, RandomSource random)
    {
        _arithmetic = arithmetic;
        _random = random;
        using PaillierWorker worker = arithmetic.Workers.Rent();
        SquareModulus modulus = arithmetic.Modulus;
        MultiPrecisionInteger.ReadBigEndian(generator, worker.Words);
        modulus.Broadcast(worker.Words, worker.First);
        modulus.Multiply(worker.First, modulus.RadixPower(2), worker.First, worker.Scratch);
        ModularPower.RaiseInVariableTime(modulus, worker.First, modulus.Modulus, worker.Second, worker.Scratch);
        _comb = new FixedBaseComb(modulus, worker.Second, ExponentLength * 8);
    }

    private int ExponentLength => _arithmetic.ModulusLength / 2;

    /// <inheritdoc/>
    /// <remarks>The encoding is rho*R as the pair of its remainder and its quotient by n.</remarks>
    public override void Create(Span<byte> randomizers)
    {
        using PaillierWorker worker = _arithmetic.Workers.Rent();
        SquareModulus modulus = _arithmetic.Modulus;
        int length = _arithmetic.ModulusLength;
        int exponentWords = ExponentLength / sizeof(ulong);
        Span<byte> exponent = stackalloc byte[ExponentLength];
        Span<ulong> exponents = worker.GroupWords.Span[..(modulus.Lanes * exponentWords)];
        Span<ulong> words = worker.Words.Span[..(modulus.Modulus.Length + 1)];
        int count = randomizers.Length / _arithmetic.CiphertextLength;
        for (int start = 0; start < count; start += modulus.Lanes)
        {
            int lanes = Math.Min(modulus.Lanes, count - start);
            for (int lane = 0; lane < lanes; lane++)
            {
                _random.Fill(exponent);
                MultiPrecisionInteger.ReadBigEndian(exponent, exponents.Slice(lane * exponentWords, exponentWords));
            }

            _comb.Raise(exponents, worker.Second, worker.First, worker.Scratch);
            for (int half = 0; half < 2 * lanes; half++)
            {
                ReadOnlySpan<ulong> residue = worker.First.Span.Slice(half % 2 * modulus.ResidueLength, modulus.ResidueLength);
                modulus.Export(residue, modulus.Limbs, half / 2, words);
                MultiPrecisionInteger.SubtractOnce(words, modulus.Modulus);
                MultiPrecisionInteger.WriteBigEndian(words[..^1], randomizers.Slice(((2 * start) + half) * length, length));
            }
        }

        SecretMemory.Zero(exponent);
    }
}
