namespace FedHe.Crypto.Kernels.Values;

/// <summary>Exact fields are signed fields that lie beside each other in an integer m modulo T = 2^L.</summary>
/// <remarks>The integer is spread over the residues modulo a prime p: it is encoded as round(m*p/T).</remarks>
/// <param name="Modulus">The prime p, in (2^L, 2^50).</param>
/// <param name="FieldBits">The number of bits of a field, in [-2^(FieldBits-1), 2^(FieldBits-1)).</param>
/// <param name="Count">The number of fields. L = FieldBits*Count is at most 48, and T at most p/2.</param>
internal readonly record struct ExactFields(ulong Modulus, int FieldBits, int Count)
{
    /// <summary>The logarithm L of T.</summary>
    public int LogPlaintextModulus => FieldBits * Count;

    /// <summary>The mask T - 1 of the bits of an integer modulo T.</summary>
    public ulong PlaintextMask => (1UL << LogPlaintextModulus) - 1;

    /// <summary>The mask 2^FieldBits - 1 of the bits of a field.</summary>
    public ulong FieldMask => (1UL << FieldBits) - 1;

    /// <summary>The magnitude 2^(FieldBits-1) of the lowest value of a field.</summary>
    public long Middle => 1L << (FieldBits - 1);

    /// <summary>The sum of the middles of all fields, each shifted to the place of its field.</summary>
    /// <remarks>
    /// Adding the offset to an integer makes all fields non-negative at once, so that no field borrows from the next.
    /// </remarks>
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
