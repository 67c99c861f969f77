using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Kernels.MultiPrecision;

/// <summary>The arithmetic over one kind of column; Montgomery reductions write where no other operand is read any more.</summary>
internal sealed class ColumnSquareModulus<TColumn, TWord> : SquareModulus
    where TColumn : struct, ILimbColumn<TColumn>
    where TWord : struct, IWordLane<TWord>
{
    private readonly AlignedArray<ulong> _modulus;
    private readonly AlignedArray<ulong> _negatedInverse;
    private readonly AlignedArray<ulong> _offset;
    private readonly AlignedArray<ulong>[] _radixPowers;

    public ColumnSquareModulus(ReadOnlySpan<byte> modulus, int radixPowers)
        : base(modulus, TColumn.Lanes, TColumn.LogRadix, TColumn.MostProducts)
    {
        _modulus = new AlignedArray<ulong>(ResidueLength);
        _negatedInverse = new AlignedArray<ulong>(Lanes);
        _offset = new AlignedArray<ulong>(ResidueLength);
        _radixPowers = [.. Enumerable.Range(0, radixPowers).Select(_ => new AlignedArray<ulong>(GroupLength))];

        Broadcast(Modulus, _modulus);
        ulong negatedInverse = WordInteger.NegatedInverse(Modulus.First);
        _negatedInverse.Span.Fill(TColumn.Encode(WordInteger.Bits([negatedInverse], 0, LogRadix)));

        var quotient = new AlignedArray<ulong>(Modulus.Length);
        var remainder = new AlignedArray<ulong>(Modulus.Length + 1); // a word more, for twice a number below n
        WordInteger.DividePowerOfTwo(Limbs * LogRadix, Modulus, quotient, remainder);
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

        Reduce(new Product<TColumn>(ref left0, ref right0, Limbs), ref scratch.Residue.First, scratch);
        Reduce(
            Sum(
                Sum(new Product<TColumn>(ref left0, ref right1, Limbs), new Product<TColumn>(ref left1, ref right0, Limbs)),
                Carry(scratch)),
            ref Second(ref Group(destination)),
            scratch);
        scratch.Residue.Span.CopyTo(destination);
    }

    public override void Square(ReadOnlySpan<ulong> value, Span<ulong> destination, MontgomeryScratch scratch)
    {
        ref ulong value0 = ref Group(value);
        ref ulong value1 = ref Second(ref value0);

        Reduce(new Square<TColumn>(ref value0, Limbs), ref scratch.Residue.First, scratch);
        Reduce(
            Sum(Twice(new Product<TColumn>(ref value0, ref value1, Limbs)), Carry(scratch)),
            ref Second(ref Group(destination)),
            scratch);
        scratch.Residue.Span.CopyTo(destination);
    }

    public override void Leave(ReadOnlySpan<ulong> value, Span<ulong> destination, MontgomeryScratch scratch)
    {
        ref ulong value0 = ref Group(value);

        Reduce(new Number<TColumn>(ref value0, Limbs), ref scratch.Residue.First, scratch);
        Reduce(
            Sum(new Number<TColumn>(ref Second(ref value0), Limbs), Carry(scratch)),
            ref Second(ref Group(destination)),
            scratch);
        scratch.Residue.Span.CopyTo(destination);
    }

    public override void Enter(ReadOnlySpan<ulong> integers, Span<ulong> destination, MontgomeryScratch scratch)
    {
        Reduce(new Number<TColumn>(ref Group(integers), 2 * Limbs), ref scratch.Residue.First, scratch);
        Reduce(Carry(scratch), ref Second(ref Group(destination)), scratch);
        scratch.Residue.Span.CopyTo(destination);
    }

    public override void Expand(ReadOnlySpan<ulong> value, Span<ulong> integers)
    {
        ref ulong value0 = ref Group(value);
        Montgomery<TColumn>.Evaluate(
            Sum(
                new Product<TColumn>(ref Second(ref value0), ref _modulus.First, Limbs),
                new Number<TColumn>(ref value0, Limbs)),
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
        Reduce(
            new Product<TColumn>(ref Residue(left), ref Residue(right), Limbs), ref scratch.Residue.First, scratch);
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
            Sum(
                new Product<TColumn>(ref Residue(left1), ref Residue(right1), Limbs),
                new Product<TColumn>(ref Residue(left2), ref Residue(right2), Limbs)),
            ref scratch.Residue.First,
            scratch);
        scratch.Residue.Span.CopyTo(destination);
    }

    public override void MultiplyIntegers(ReadOnlySpan<ulong> left, ReadOnlySpan<ulong> right, Span<ulong> integers)
        => Montgomery<TColumn>.Evaluate(
            new Product<TColumn>(ref Residue(left), ref Residue(right), Limbs), 2 * Limbs, ref Group(integers));

    public override void ReduceIntegers(ReadOnlySpan<ulong> integers, Span<ulong> destination, MontgomeryScratch scratch)
    {
        Reduce(new Number<TColumn>(ref Group(integers), 2 * Limbs), ref scratch.Residue.First, scratch);
        scratch.Residue.Span.CopyTo(destination);
    }

    public override void Import(ReadOnlySpan<ulong> words, int first, int limbs, int lane, Span<ulong> destination)
    {
        for (int i = 0; i < limbs; i++)
        {
            ulong limb = WordInteger.Bits(words, (first + i) * TColumn.LogRadix, TColumn.LogRadix);
            destination[(i * TColumn.Lanes) + lane] = TColumn.Encode(limb);
        }
    }

    public override void Export(ReadOnlySpan<ulong> source, int limbs, int lane, Span<ulong> words)
    {
        words.Clear();
        for (int i = 0; i < limbs; i++)
        {
            WordInteger.SetBits(words, i * TColumn.LogRadix, TColumn.Decode(source[(i * TColumn.Lanes) + lane]));
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
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

    private static Sum<TColumn, TFirst, TSecond> Sum<TFirst, TSecond>(TFirst first, TSecond second)
        where TFirst : struct, IColumnSum<TColumn>, allows ref struct
        where TSecond : struct, IColumnSum<TColumn>, allows ref struct
        => new(first, second);

    private static Twice<TColumn, TSum> Twice<TSum>(TSum sum)
        where TSum : struct, IColumnSum<TColumn>, allows ref struct
        => new(sum);

    /// <summary>-q modulo n: R-1-q and z.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Sum<TColumn, Complement<TColumn>, Number<TColumn>> Carry(MontgomeryScratch scratch)
        => new(
            new Complement<TColumn>(ref scratch.Quotients.First, Limbs), new Number<TColumn>(ref _offset.First, Limbs));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Reduce<TSum>(in TSum sum, ref ulong destination, MontgomeryScratch scratch)
        where TSum : struct, IColumnSum<TColumn>, allows ref struct
        => Montgomery<TColumn>.Reduce(
            sum, Limbs, ref _modulus.First, ref _negatedInverse.First, ref scratch.Quotients.First, ref destination);

    private void AddResidues(ref ulong left, ref ulong right, ref ulong destination)
        => Montgomery<TColumn>.Evaluate(
            Sum(new Number<TColumn>(ref left, Limbs), new Number<TColumn>(ref right, Limbs)), Limbs, ref destination);

    private ref ulong Group(ReadOnlySpan<ulong> group) => ref MemoryMarshal.GetReference(group[..GroupLength]);

    private ref ulong Residue(ReadOnlySpan<ulong> residue) => ref MemoryMarshal.GetReference(residue[..ResidueLength]);

    private ref ulong Second(ref ulong group) => ref Unsafe.Add(ref group, ResidueLength);

    /// <summary>R itself is the pair of its remainder and its quotient; R^2 is the Montgomery form of R, a power of two.</summary>
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

    /// <summary>z = (1-R) mod n, in [1, n].</summary>
    private void FillOffset(Span<ulong> remainder)
    {
        WordInteger.SubtractOnce(remainder, [1]);
        Span<ulong> offset = remainder[..Modulus.Length];
        WordInteger.SubtractFrom(Modulus, offset);
        Broadcast(offset, _offset);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
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
