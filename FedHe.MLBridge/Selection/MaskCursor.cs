using System.Numerics;

namespace FedHe.MLBridge;

/// <summary>Walks the positions that are, or are not, in a set, in order.</summary>
internal struct MaskCursor(PositionSet set, bool isMember)
{
    private const int BitsPerWord = 64;

    // With fewer members in a word, going from one to the next is faster than going through all positions.
    private const int DenseMembers = 32;

    private int _position;

    /// <summary>The next positions that lie together, at most so many; none at the end.</summary>
    public readonly MaskRange Peek(int maxLength)
    {
        int start = set.Next(_position, set.Length, isMember);
        int end = set.Next(start, Math.Min(set.Length, (int)Math.Min((long)start + maxLength, int.MaxValue)), !isMember);
        return end > start ? new MaskRange(start, end - start) : default;
    }

    /// <summary>Goes past so many positions.</summary>
    public void Skip(int count)
    {
        while (count > 0)
        {
            ulong bits = Bits(BitsPerWord);
            int members = BitOperations.PopCount(bits);
            if (members <= count)
            {
                count -= members;
                _position = (int)Math.Min((long)_position + BitsPerWord, set.Length);
            }
            else
            {
                for (; count > 0; count--)
                {
                    bits &= bits - 1;
                }

                _position += BitOperations.TrailingZeroCount(bits);
            }
        }
    }

    /// <summary>Copies values of the positions ahead, as far as either span reaches, and goes past them.</summary>
    /// <param name="start">The position of the first value; not behind the cursor.</param>
    /// <param name="values">Values of the positions that follow.</param>
    /// <param name="destination">Receives the chosen ones.</param>
    /// <returns>How many were copied.</returns>
    public int Gather<T>(int start, ReadOnlySpan<T> values, Span<T> destination)
    {
        int copied = 0;
        int end = start + values.Length;
        _position = Math.Max(_position, start);
        while (_position < end && copied < destination.Length)
        {
            int width = Math.Min(BitsPerWord, end - _position);
            ulong bits = Bits(width);
            int members = BitOperations.PopCount(bits);
            ReadOnlySpan<T> window = values.Slice(_position - start, width);
            if (members > destination.Length - copied)
            {
                // The rest of the destination is filled within this window.
                for (; copied < destination.Length; bits &= bits - 1)
                {
                    destination[copied++] = window[BitOperations.TrailingZeroCount(bits)];
                }

                _position += BitOperations.TrailingZeroCount(bits);
                return copied;
            }

            if (members == width)
            {
                window.CopyTo(destination[copied..]);
                copied += width;
            }
            else if (members > DenseMembers && destination.Length - copied > members)
            {
                Compact(bits, window, destination[copied..]);
                copied += members;
            }
            else
            {
                for (; bits != 0; bits &= bits - 1)
                {
                    destination[copied++] = window[BitOperations.TrailingZeroCount(bits)];
                }
            }

            _position += width;
        }

        return copied;
    }

    /// <summary>Copies values to the positions ahead, all of them, and goes past them.</summary>
    public void Scatter<T>(ReadOnlySpan<T> values, Span<T> destination)
    {
        while (!values.IsEmpty)
        {
            MaskRange next = Peek(values.Length);
            values[..next.Length].CopyTo(destination[next.Start..]);
            values = values[next.Length..];
            _position = next.End;
        }
    }

    /// <summary>
    /// Moves values of members together without a branch that depends on them. What comes after a member is overwritten by
    /// the next, so that one place more is written than there are members.
    /// </summary>
    private static void Compact<T>(ulong bits, ReadOnlySpan<T> window, Span<T> destination)
    {
        int next = 0;
        foreach (T value in window)
        {
            destination[next] = value;
            next += (int)(bits & 1);
            bits >>= 1;
        }
    }

    private readonly ulong Bits(int width)
    {
        ulong bits = set.BitsFrom(_position);
        return (isMember ? bits : ~bits) & PositionSet.LowBits(Math.Min(width, set.Length - _position));
    }
}
