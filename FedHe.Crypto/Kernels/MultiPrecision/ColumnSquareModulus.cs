using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Kernels.MultiPrecision;

/// <summary>A column-based square modulus computes modulo n^2 over one kind of column.</summary>
/// <remarks>A Montgomery reduction writes to scratch until the operands have been read, so that a destination may be an operand.</remarks>
internal sealed class ColumnSquareModulus<TColumn, TWord> : SquareModulus
    where TColumn : struct, ILimbColumn<TColumn>
    where TWord : struct, IWordLane<TWord>
{
    private readonly AlignedArray<ulong> _modulus;
    private readonly AlignedArray<ulong> _negatedInverse;
    private readonly AlignedArray<ulong> _offset;
    private readonly AlignedArray<ulong>[] _radixPowers;

    public ColumnSquareModulus(ReadOnlySpan<byte> modulus, int radixPowers)
        : base(modulus, TColumn.Lanes, TColumn.LogRadix, TColumn.MaxProducts)
    {
        _modulus = new AlignedArray<ulong>(ResidueLength);
        _negatedInverse = new AlignedArray<ulong>(Lanes);
        _offset = new AlignedArray<ulong>(ResidueLength);
        _radixPowers = [.. Enumerable.Range(0, radixPowers).Select(_ => new AlignedArray<ulong>(GroupLength))];

        Broadcast(Modulus, _modulus);
        ulong negatedInverse = MultiPrecisionInteger.NegatedInverse(Modulus.First);
        _negatedInverse.Span.Fill(TColumn.Encode(MultiPrecisionInteger.Bits([negatedInverse], 0, LogRadix)));

        var quotient = new AlignedArray<ulong>(Modulus.Length);
        var remainder = new AlignedArray<ulong>(Modulus.Length + 1); // a word more, for twice a number below n
        MultiPrecisionInteger.DividePowerOfTwo(Limbs * LogRadix, Modulus, quotient, remainder);
        Broadcast(remainder, _radixPowers[0]);
        Broadcast(quotient, _radixPowers[0].Span[ResidueLength..]);
        FillOffset(remainder);
        FillRadixPowers();
        SecretMemory.Zero<ulong>(quotient);
        SecretMemory.Zero<ulong>(remainder);
    }

    public override ReadOnlySpan<ulong> RadixPower(int exponent) => _radixPowers[exponent - 1];

    public override void Multiply(
        ReadOnlySpan<ulong> left, ReadOnlySpan<ulong> right, Span<ulong> destination, MontgomeryScratch scratch)
    {
        ref ulong left0 = ref Group(left);
        ref ulong left1 = ref Second(ref left0);
        ref ulong right0 = ref Group(right);
        ref ulong right1 = ref Second(ref right0);

        // u = (a0*b0 + q*n)/R
        Reduce(Product(ref left0, ref right0), ref scratch.Residue.First, scratch);

        // v = (a0*b1 + a1*b0 - q)/R mod n
        Reduce(
            Sum(Sum(Product(ref left0, ref right1), Product(ref left1, ref right0)), NegatedQuotients(scratch)),
            ref Second(ref Group(destination)),
            scratch);
        scratch.Residue.Span.CopyTo(destination);
    }

    public override void Square(ReadOnlySpan<ulong> value, Span<ulong> destination, MontgomeryScratch scratch)
    {
        ref ulong value0 = ref Group(value);
        ref ulong value1 = ref Second(ref value0);

        // u = (a0^2 + q*n)/R
        Reduce(new SquareColumns<TColumn>(ref value0, Limbs), ref scratch.Residue.First, scratch);

        // v = (2*a0*a1 - q)/R mod n
        Reduce(
            Sum(Doubled(Product(ref value0, ref value1)), NegatedQuotients(scratch)),
            ref Second(ref Group(destination)),
            scratch);
        scratch.Residue.Span.CopyTo(destination);
    }

    public override void FromMontgomery(ReadOnlySpan<ulong> value, Span<ulong> destination, MontgomeryScratch scratch)
    {
        ref ulong value0 = ref Group(value);

        // u = (x0 + q*n)/R
        Reduce(new IntegerColumns<TColumn>(ref value0, Limbs), ref scratch.Residue.First, scratch);

        // v = (x1 - q)/R mod n
        Reduce(
            Sum(new IntegerColumns<TColumn>(ref Second(ref value0), Limbs), NegatedQuotients(scratch)),
            ref Second(ref Group(destination)),
            scratch);
        scratch.Residue.Span.CopyTo(destination);
    }

    public override void MontgomeryReduce(ReadOnlySpan<ulong> integers, Span<ulong> destination, MontgomeryScratch scratch)
    {
        // u = (x + q*n)/R, v = -q/R mod n
        Reduce(new IntegerColumns<TColumn>(ref Group(integers), 2 * Limbs), ref scratch.Residue.First, scratch);
        Reduce(NegatedQuotients(scratch), ref Second(ref Group(destination)), scratch);
        scratch.Residue.Span.CopyTo(destination);
    }

    public override void Expand(ReadOnlySpan<ulong> value, Span<ulong> integers)
    {
        ref ulong value0 = ref Group(value);
        Montgomery<TColumn>.Evaluate(
            Sum(Product(ref Second(ref value0), ref _modulus.First), new IntegerColumns<TColumn>(ref value0, Limbs)),
            2 * Limbs,
            ref Group(integers));
    }

    public override void Add(ReadOnlySpan<ulong> left, ReadOnlySpan<ulong> right, Span<ulong> destination)
    {
        AddResidues(ref Group(left), ref Group(right), ref Group(destination));
        AddResidues(ref Second(ref Group(left)), ref Second(ref Group(right)), ref Second(ref Group(destination)));
    }

    public override void MultiplyResidues(
        ReadOnlySpan<ulong> left, ReadOnlySpan<ulong> right, Span<ulong> destination, MontgomeryScratch scratch)
    {
        Reduce(Product(ref Residue(left), ref Residue(right)), ref scratch.Residue.First, scratch);
        scratch.Residue.Span.CopyTo(destination);
    }

    public override void MultiplyAddResidues(
        ReadOnlySpan<ulong> left1,
        ReadOnlySpan<ulong> right1,
        ReadOnlySpan<ulong> left2,
        ReadOnlySpan<ulong> right2,
        Span<ulong> destination,
        MontgomeryScratch scratch)
    {
        Reduce(
            Sum(Product(ref Residue(left1), ref Residue(right1)), Product(ref Residue(left2), ref Residue(right2))),
            ref scratch.Residue.First,
            scratch);
        scratch.Residue.Span.CopyTo(destination);
    }

    public override void MultiplyIntegers(ReadOnlySpan<ulong> left, ReadOnlySpan<ulong> right, Span<ulong> integers)
        => Montgomery<TColumn>.Evaluate(Product(ref Residue(left), ref Residue(right)), 2 * Limbs, ref Group(integers));

    public override void ReduceIntegers(ReadOnlySpan<ulong> integers, Span<ulong> destination, MontgomeryScratch scratch)
    {
        Reduce(new IntegerColumns<TColumn>(ref Group(integers), 2 * Limbs), ref scratch.Residue.First, scratch);
        scratch.Residue.Span.CopyTo(destination);
    }

    public override void Import(ReadOnlySpan<ulong> words, int first, int limbs, int lane, Span<ulong> destination)
    {
        for (int i = 0; i < limbs; i++)
        {
            ulong limb = MultiPrecisionInteger.Bits(words, (first + i) * TColumn.LogRadix, TColumn.LogRadix);
            destination[(i * TColumn.Lanes) + lane] = TColumn.Encode(limb);
        }
    }

    public override void Export(ReadOnlySpan<ulong> source, int limbs, int lane, Span<ulong> words)
    {
        words.Clear();
        for (int i = 0; i < limbs; i++)
        {
            MultiPrecisionInteger.SetBits(words, i * TColumn.LogRadix, TColumn.Decode(source[(i * TColumn.Lanes) + lane]));
        }
    }

    [MethodImpl(KernelLoop.Compilation)]
    public override void SelectSingles(
        ReadOnlySpan<ulong> table, int count, ReadOnlySpan<int> indices, Span<ulong> destination)
    {
        const int Block = 2;
        int length = 2 * Limbs;
        Span<ulong> masks = stackalloc ulong[count * Lanes];
        FillMasks(indices, count, masks);
        ref ulong mask = ref MemoryMarshal.GetReference(masks);
        ref ulong entries = ref MemoryMarshal.GetReference(table[..(count * length)]);
        ref ulong selected = ref Group(destination);
        for (int i = 0; i < length; i += Block)
        {
            var first = TWord.Create(0);
            var second = TWord.Create(0);
            for (int entry = 0; entry < count; entry++)
            {
                TWord own = TWord.Load(ref mask, (nuint)(entry * Lanes));
                ref ulong limbs = ref Unsafe.Add(ref entries, (nint)(entry * length) + i);
                first |= own & TWord.Create(limbs);
                second |= own & TWord.Create(Unsafe.Add(ref limbs, 1));
            }

            TWord.Store(first, ref selected, (nuint)(i * Lanes));
            TWord.Store(second, ref selected, (nuint)((i + 1) * Lanes));
        }

        SecretMemory.Zero(masks);
    }

    public override void Dispose()
    {
        SecretMemory.Zero<ulong>(Modulus);
        SecretMemory.Zero<ulong>(_modulus);
        SecretMemory.Zero<ulong>(_negatedInverse);
        SecretMemory.Zero<ulong>(_offset);
        foreach (AlignedArray<ulong> power in _radixPowers)
        {
            SecretMemory.Zero<ulong>(power);
        }
    }

    private static SumColumns<TColumn, TFirst, TSecond> Sum<TFirst, TSecond>(TFirst first, TSecond second)
        where TFirst : struct, IColumns<TColumn>, allows ref struct
        where TSecond : struct, IColumns<TColumn>, allows ref struct
        => new(first, second);

    private ProductColumns<TColumn> Product(ref ulong left, ref ulong right) => new(ref left, ref right, Limbs);

    private static DoubledColumns<TColumn, TSum> Doubled<TSum>(TSum sum)
        where TSum : struct, IColumns<TColumn>, allows ref struct
        => new(sum);

    /// <summary>Returns the columns of (R-1-q) + z, which is -q modulo n.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private SumColumns<TColumn, ComplementColumns<TColumn>, IntegerColumns<TColumn>> NegatedQuotients(MontgomeryScratch scratch)
        => new(
            new ComplementColumns<TColumn>(ref scratch.Quotients.First, Limbs), new IntegerColumns<TColumn>(ref _offset.First, Limbs));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Reduce<TSum>(in TSum sum, ref ulong destination, MontgomeryScratch scratch)
        where TSum : struct, IColumns<TColumn>, allows ref struct
        => Montgomery<TColumn>.Reduce(
            sum, Limbs, ref _modulus.First, ref _negatedInverse.First, ref scratch.Quotients.First, ref destination);

    private void AddResidues(ref ulong left, ref ulong right, ref ulong destination)
        => Montgomery<TColumn>.Evaluate(
            Sum(new IntegerColumns<TColumn>(ref left, Limbs), new IntegerColumns<TColumn>(ref right, Limbs)), Limbs, ref destination);

    private ref ulong Group(ReadOnlySpan<ulong> group) => ref MemoryMarshal.GetReference(group[..GroupLength]);

    private ref ulong Residue(ReadOnlySpan<ulong> residue) => ref MemoryMarshal.GetReference(residue[..ResidueLength]);

    private ref ulong Second(ref ulong group) => ref Unsafe.Add(ref group, ResidueLength);

    /// <summary>Computes the powers of R modulo n^2.</summary>
    /// <remarks>R is the pair of its remainder and its quotient by n; R^2 is the Montgomery form of R, a power of two.</remarks>
    private void FillRadixPowers()
    {
        Span<ulong> radix = _radixPowers[0];
        var scratch = new MontgomeryScratch(this);
        Span<ulong> power = _radixPowers[1];
        int exponent = Limbs * LogRadix;
        Add(radix, radix, power);
        for (int bit = int.Log2(exponent) - 1; bit >= 0; bit--)
        {
            Square(power, power, scratch);
            if (((exponent >> bit) & 1) != 0)
            {
                Add(power, power, power);
            }
        }

        for (int i = 2; i < _radixPowers.Length; i++)
        {
            Multiply(_radixPowers[i - 1], _radixPowers[1], _radixPowers[i], scratch);
        }

        scratch.Zero();
    }

    /// <summary>Computes z = (1-R) mod n, in [1, n].</summary>
    private void FillOffset(Span<ulong> remainder)
    {
        MultiPrecisionInteger.SubtractOnce(remainder, [1]);
        Span<ulong> offset = remainder[..Modulus.Length];
        MultiPrecisionInteger.SubtractFrom(Modulus, offset);
        Broadcast(offset, _offset);
    }

    [MethodImpl(KernelLoop.Compilation)]
    private void FillMasks(ReadOnlySpan<int> indices, int count, Span<ulong> masks)
    {
        for (int entry = 0; entry < count; entry++)
        {
            for (int lane = 0; lane < Lanes; lane++)
            {
                masks[(entry * Lanes) + lane] = MaskedSelection.EqualityMask(entry, indices[lane]);
            }
        }
    }
}
