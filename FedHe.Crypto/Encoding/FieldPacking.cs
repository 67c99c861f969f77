using System.Numerics;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.MultiPrecision;

namespace FedHe.Crypto.Encoding;

/// <summary>
/// A field packing puts values, rounded to integers, into fields of f bits of one message modulo n. The sum of messages
/// is the message of the sums.
/// </summary>
/// <remarks>
/// <para>
/// m = sum of round(x_i*2^s) * 2^(f*i) modulo n, the lowest bits first. An integer v_i goes into its field with an
/// offset, as v_i + 2^(f-1), so that fields of unsigned numbers lie beside each other and none borrows from the next;
/// then the number o of all offsets is subtracted once, modulo n. The message that is added, weighed and sent is thus
/// the sum of v_i*2^(f*i) itself: it has no offset, whatever the weights, and decoding needs no total weight. Decoding
/// adds o once and reads the fields.
/// </para>
/// <para>
/// While every |v_i| of a sum is below 2^(f-1), all v_i + 2^(f-1) lie in [1, 2^f): m + o is a number of k*f bits with
/// exactly these digits. With k*f at most |n| - 2, |m| is below n/4, so that it has one representative modulo n. Bounds are
/// checked before anything is added (<see cref="ExactSums"/>), so nothing saturates and nothing wraps around.
/// </para>
/// <para>
/// No branch and no address depends on a value: the positions of fields are public, and n is added or subtracted under a
/// mask.
/// </para>
/// </remarks>
internal sealed class FieldPacking
{
    // A field lies in at most two words, and its part in the second word is shifted by at least 16.
    internal const int MaxFieldBits = 48;

    private const int BitsPerWord = 64;
    private const int MaxWords = 64;

    private readonly int _fieldBits;
    private readonly double _scale;
    private readonly double _inverseScale;
    private readonly ulong[] _modulus;
    private readonly ulong[] _offset;

    /// <summary>Creates a packing of messages modulo n.</summary>
    /// <param name="modulus">n, odd, big-endian without leading zeros: a multiple of 8 bytes, at most 512.</param>
    /// <param name="fieldBits">f, the bits of a field, at most <see cref="MaxFieldBits"/>.</param>
    /// <param name="count">k, the number of fields; k*f is at most |n| - 2.</param>
    /// <param name="logScale">s, the binary logarithm of the scale.</param>
    public FieldPacking(ReadOnlySpan<byte> modulus, int fieldBits, int count, int logScale)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(modulus.Length, MaxWords * sizeof(ulong));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fieldBits, MaxFieldBits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fieldBits * count, (8 * modulus.Length) - 2);
        Count = count;
        _fieldBits = fieldBits;
        _scale = Math.ScaleB(1, logScale);
        _inverseScale = Math.ScaleB(1, -logScale);
        _modulus = new ulong[modulus.Length / sizeof(ulong)];
        MultiPrecisionInteger.ReadBigEndian(modulus, _modulus);
        _offset = new ulong[_modulus.Length];
        var fields = new FieldWriter(_offset, fieldBits);
        for (int i = 0; i < count; i++)
        {
            fields.Write(Middle);
        }

        fields.Flush();
    }

    /// <summary>The number k of fields, which is the number of values in one message.</summary>
    public int Count { get; }

    private ulong Middle => 1UL << (_fieldBits - 1);

    /// <summary>Encodes values x, with |x*2^s| below 2^(f-1) - 1/2, as one message.</summary>
    /// <param name="values">At most <see cref="Count"/>; fields without a value are zero.</param>
    /// <param name="message">Receives the message, as long as n, big-endian.</param>
    public void Encode<T>(ReadOnlySpan<T> values, Span<byte> message)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<ulong> words = stackalloc ulong[MaxWords];
        words = words[.._modulus.Length];
        var fields = new FieldWriter(words, _fieldBits);
        ulong middle = Middle;
        double scale = _scale;
        for (int i = 0; i < values.Length; i++)
        {
            fields.Write((ulong)(long)Math.Round(double.CreateTruncating(values[i]) * scale) + middle);
        }

        for (int i = values.Length; i < Count; i++)
        {
            fields.Write(middle);
        }

        fields.Flush();

        // m = sum of (v_i + 2^(f-1))*2^(f*i) - o
        ulong borrow = MultiPrecisionInteger.Subtract(words, _offset, mask: ulong.MaxValue);
        MultiPrecisionInteger.Add(words, _modulus, mask: 0 - borrow);
        MultiPrecisionInteger.WriteBigEndian(words, message);
        SecretMemory.Zero(words);
    }

    /// <summary>
    /// Decodes a message below n into values, and tells whether the message is what encoding sums of values gives: nothing
    /// above its fields, and zero in the fields without a value.
    /// </summary>
    /// <param name="message">The message, as long as n, big-endian.</param>
    /// <param name="values">Receives the first values of the message, exactly; at most <see cref="Count"/>.</param>
    /// <returns>Whether the values encode to the message; if not, the values are meaningless.</returns>
    public bool TryDecode(ReadOnlySpan<byte> message, Span<double> values)
    {
        Span<ulong> words = stackalloc ulong[MaxWords];
        words = words[.._modulus.Length];
        MultiPrecisionInteger.ReadBigEndian(message, words);

        // m + o
        ulong carry = MultiPrecisionInteger.Add(words, _offset, mask: ulong.MaxValue);
        ulong borrow = MultiPrecisionInteger.Subtract(words, _modulus, mask: ulong.MaxValue);

        // A borrow that the carry does not cancel says that m + o is below n: n is added back.
        MultiPrecisionInteger.Add(words, _modulus, mask: 0 - (borrow & ~carry));
        long middle = (long)Middle;
        ulong fieldMask = (1UL << _fieldBits) - 1;
        double inverseScale = _inverseScale;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = ((long)(FieldAt(words, i) & fieldMask) - middle) * inverseScale;
        }

        ulong stray = 0;
        for (int i = values.Length; i < Count; i++)
        {
            stray |= (FieldAt(words, i) & fieldMask) ^ Middle;
        }

        (int last, int used) = Math.DivRem(Count * _fieldBits, BitsPerWord);
        stray |= words[last] >> used;
        foreach (ulong word in words[(last + 1)..])
        {
            stray |= word;
        }

        SecretMemory.Zero(words);
        return stray == 0;
    }

    /// <summary>Reads a field, with bits of other fields above it.</summary>
    private ulong FieldAt(ReadOnlySpan<ulong> words, int index)
    {
        (int word, int shift) = Math.DivRem(index * _fieldBits, BitsPerWord);
        ulong field = words[word] >> shift;
        return shift + _fieldBits > BitsPerWord ? field | (words[word + 1] << (BitsPerWord - shift)) : field;
    }

    /// <summary>A field writer writes fields into words one after the other, the lowest bits first.</summary>
    private ref struct FieldWriter(Span<ulong> words, int fieldBits)
    {
        private readonly Span<ulong> _words = words;
        private ulong _pending;
        private int _filled;
        private int _next;

        public void Write(ulong field)
        {
            _pending |= field << _filled;
            _filled += fieldBits;
            if (_filled >= BitsPerWord)
            {
                _words[_next++] = _pending;
                _filled -= BitsPerWord;
                _pending = field >> (fieldBits - _filled);
            }
        }

        public void Flush()
        {
            if (_next < _words.Length)
            {
                _words[_next++] = _pending;
                _words[_next..].Clear();
            }
        }
    }
}
