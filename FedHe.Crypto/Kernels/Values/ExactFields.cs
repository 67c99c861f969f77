namespace FedHe.Crypto.Kernels.Values;

/// <summary>
/// Signed fields beside each other in an integer modulo T = 2^L, which is spread over the residues modulo a prime p: an
/// integer m stands as round(m*p/T).
/// </summary>
/// <param name="Modulus">The prime p, below 2^50.</param>
/// <param name="FieldBits">Bits of a field: fields are at least -2^(FieldBits-1) and below 2^(FieldBits-1).</param>
/// <param name="Count">Number of fields. L = FieldBits*Count is at most 48, and T at most p/2.</param>
internal readonly record struct ExactFields(ulong Modulus, int FieldBits, int Count)
{
    /// <summary>L.</summary>
    public int LogPlaintextModulus => FieldBits * Count;

    /// <summary>T - 1.</summary>
    public ulong PlaintextMask => (1UL << LogPlaintextModulus) - 1;

    public ulong FieldMask => (1UL << FieldBits) - 1;

    /// <summary>What the lowest value of a field is below zero.</summary>
    public long Middle => 1L << (FieldBits - 1);

    /// <summary>The middle of every field: added, it makes all of them positive at once, so that none borrows from the next.</summary>
    public ulong Offset
    {
        get
        {
            ulong offset = 0;
            for (int i = 0; i < Count; i++)
            {
                offset = (offset << FieldBits) + (ulong)Middle;
            }

            return offset;
        }
    }
}
