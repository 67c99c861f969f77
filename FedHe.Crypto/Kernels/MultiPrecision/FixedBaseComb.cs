using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Kernels.MultiPrecision;

/// <summary>
/// A fixed-base comb raises one base to secret exponents, with a different exponent for each number of a group.
/// </summary>
/// <remarks>
/// <para>
/// The bits of an exponent lie in <see cref="Teeth"/> rows of equal length, and the bits of a row in blocks of
/// <see cref="BlockBits"/>. Each block has a table: the products of the base to the powers of two at which the rows of the
/// block begin. One multiplication then handles one bit of every row of a block, and all blocks share the squarings. Tables
/// are read whole and the number of operations is fixed.
/// </para>
/// Source: Lim and Lee, "More flexible exponentiation with precomputation", CRYPTO 1994.
/// </remarks>
internal sealed class FixedBaseComb
{
    private const int Teeth = 6;
    private const int Entries = 1 << Teeth;
    private const int BlockBits = 16;

    private readonly SquareModulus _modulus;
    private readonly int _blocks;
    private readonly int _entryLength;
    private readonly AlignedArray<ulong> _tables;

    /// <summary>Computes the tables of the comb.</summary>
    /// <param name="modulus">The modulus; public, as the base is.</param>
    /// <param name="value">The base in Montgomery form, the same number throughout a group.</param>
    /// <param name="exponentBits">Length of the exponents.</param>
    public FixedBaseComb(SquareModulus modulus, ReadOnlySpan<ulong> value, int exponentBits)
    {
        _modulus = modulus;
        _entryLength = 2 * modulus.Limbs;
        _blocks = (exponentBits + (Teeth * BlockBits) - 1) / (Teeth * BlockBits);
        _tables = new AlignedArray<ulong>(_blocks * Entries * _entryLength);
        FillTables(Powers(value));
    }

    private int RowBits => _blocks * BlockBits;

    /// <summary>Computes destination = base^exponent for each number of a group, in Montgomery form.</summary>
    /// <param name="exponents">For each number 64-bit words, little-endian, one after the other.</param>
    /// <param name="chosen">Scratch: a group.</param>
    /// <param name="destination">A group.</param>
    /// <param name="scratch">Scratch of the modulus.</param>
    public void Raise(ReadOnlySpan<ulong> exponents, Span<ulong> chosen, Span<ulong> destination, MontgomeryScratch scratch)
    {
        Span<int> indices = stackalloc int[_modulus.Lanes];
        _modulus.RadixPower(1).CopyTo(destination);
        for (int bit = BlockBits - 1; bit >= 0; bit--)
        {
            if (bit < BlockBits - 1)
            {
                _modulus.Square(destination, destination, scratch);
            }

            for (int block = 0; block < _blocks; block++)
            {
                ReadIndices(exponents, (block * BlockBits) + bit, indices);
                _modulus.SelectSingles(Table(block), Entries, indices, chosen);
                _modulus.Multiply(destination, chosen, destination, scratch);
            }
        }

        SecretMemory.Zero(indices);
    }

    private Span<ulong> Table(int block)
        => _tables.Span.Slice(block * Entries * _entryLength, Entries * _entryLength);

    /// <summary>Reads for each number the bits of all rows at one position.</summary>
    private void ReadIndices(ReadOnlySpan<ulong> exponents, int position, Span<int> indices)
    {
        int words = exponents.Length / indices.Length;
        for (int lane = 0; lane < indices.Length; lane++)
        {
            ReadOnlySpan<ulong> exponent = exponents.Slice(lane * words, words);
            int index = 0;
            for (int tooth = 0; tooth < Teeth; tooth++)
            {
                index |= (int)MultiPrecisionInteger.Bits(exponent, (tooth * RowBits) + position, 1) << tooth;
            }

            indices[lane] = index;
        }
    }

    /// <summary>Computes base^(2^(tooth*RowBits + block*BlockBits)): for each tooth, groups with a block in every lane.</summary>
    private AlignedArray<ulong>[][] Powers(ReadOnlySpan<ulong> value)
    {
        int lanes = _modulus.Lanes;
        var powers = new AlignedArray<ulong>[Teeth][];
        var power = new AlignedArray<ulong>(value);
        var scratch = new MontgomeryScratch(_modulus);
        for (int tooth = 0; tooth < Teeth; tooth++)
        {
            powers[tooth] = new AlignedArray<ulong>[(_blocks + lanes - 1) / lanes];
            for (int block = 0; block < _blocks; block++)
            {
                AlignedArray<ulong> group = powers[tooth][block / lanes] ??= new AlignedArray<ulong>(value);
                CopyFirst(power, group, block % lanes);
                for (int i = 0; i < BlockBits; i++)
                {
                    _modulus.Square(power, power, scratch);
                }
            }
        }

        return powers;
    }

    private void FillTables(AlignedArray<ulong>[][] powers)
    {
        var scratch = new MontgomeryScratch(_modulus);
        var products = new AlignedArray<ulong>[Entries];
        for (int group = 0; group < powers[0].Length; group++)
        {
            products[0] = new AlignedArray<ulong>(_modulus.RadixPower(1));
            for (int entry = 1; entry < Entries; entry++)
            {
                int tooth = int.Log2(entry);
                products[entry] = new AlignedArray<ulong>(_modulus.GroupLength);
                _modulus.Multiply(products[entry - (1 << tooth)], powers[tooth][group], products[entry], scratch);
            }

            for (int block = group * _modulus.Lanes; block < Math.Min(_blocks, (group + 1) * _modulus.Lanes); block++)
            {
                for (int entry = 0; entry < Entries; entry++)
                {
                    Span<ulong> single = Table(block).Slice(entry * _entryLength, _entryLength);
                    for (int i = 0; i < single.Length; i++)
                    {
                        single[i] = products[entry].Span[(i * _modulus.Lanes) + (block % _modulus.Lanes)];
                    }
                }
            }
        }
    }

    /// <summary>Copies the first number of a group to a lane of another.</summary>
    private void CopyFirst(ReadOnlySpan<ulong> source, Span<ulong> destination, int lane)
    {
        for (int i = 0; i < _entryLength; i++)
        {
            destination[(i * _modulus.Lanes) + lane] = source[i * _modulus.Lanes];
        }
    }
}
