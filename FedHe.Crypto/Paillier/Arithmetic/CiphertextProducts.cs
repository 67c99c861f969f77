using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.MultiPrecision;

namespace FedHe.Crypto.Paillier.Arithmetic;

/// <summary>
/// Ciphertext products are running products modulo n^2, which encrypt the sums of messages. Ranges of several threads
/// must not share a group, so they begin at multiples of eight.
/// </summary>
/// <remarks>
/// Ciphertexts enter as c/R, in Montgomery form the number c/R^2, and are corrected at the end only: after ciphertexts of
/// total weight W a factor of R^(2W) is due, the same for all products of a group.
/// </remarks>
internal sealed class CiphertextProducts : IDisposable
{
    private readonly PaillierArithmetic _arithmetic;
    private readonly SquareModulus _modulus;
    private readonly AlignedArray<ulong> _products;
    private readonly ulong[] _weights;

    /// <summary>Creates products that are 1.</summary>
    /// <param name="arithmetic">Arithmetic modulo n^2.</param>
    /// <param name="count">The number of products.</param>
    public CiphertextProducts(PaillierArithmetic arithmetic, int count)
    {
        _arithmetic = arithmetic;
        _modulus = arithmetic.Modulus;
        _weights = new ulong[(count + _modulus.Lanes - 1) / _modulus.Lanes];
        _products = new AlignedArray<ulong>(_weights.Length * _modulus.GroupLength);
    }

    /// <summary>Multiplies one product for each ciphertext c by c^weight.</summary>
    /// <param name="first">Index of the first product.</param>
    /// <param name="ciphertexts">Units modulo n^2.</param>
    /// <param name="weight">At least 1; public.</param>
    public void MultiplyPower(int first, ReadOnlySpan<byte> ciphertexts, long weight)
    {
        using ModularWorkspace workspace = _arithmetic.Workspaces.Rent();
        int end = first + (ciphertexts.Length / _arithmetic.CiphertextLength);
        for (int index = first; index < end; index = EndOfGroup(index, end))
        {
            // The other products of the group are multiplied by one.
            ReadOnlySpan<byte> own = Slice(ciphertexts, index - first, EndOfGroup(index, end) - first);
            _arithmetic.TryImport(own, index % _modulus.Lanes, workspace.First, workspace.Words);
            _modulus.MontgomeryReduce(workspace.First, workspace.First, workspace.Scratch);
            ModularPower.RaiseInVariableTime(_modulus, workspace.First, [(ulong)weight], workspace.Second, workspace.Scratch);
            MultiplyGroup(index / _modulus.Lanes, workspace, (ulong)weight);
        }
    }

    /// <summary>Copies the products from <paramref name="first"/> on, as many as the destination holds.</summary>
    /// <param name="first">Index of the first product.</param>
    /// <param name="ciphertexts">Receives numbers modulo n^2.</param>
    public void CopyTo(int first, Span<byte> ciphertexts)
    {
        using ModularWorkspace workspace = _arithmetic.Workspaces.Rent();
        ulong correctedWeight = 0;
        int length = _arithmetic.CiphertextLength;
        int end = first + (ciphertexts.Length / length);
        for (int index = first; index < end; index = EndOfGroup(index, end))
        {
            int group = index / _modulus.Lanes;
            if (_weights[group] == 0)
            {
                _modulus.FromMontgomery(_modulus.RadixPower(1), workspace.First, workspace.Scratch);
            }
            else
            {
                if (_weights[group] != correctedWeight)
                {
                    // R^3 is the Montgomery form of R^2.
                    correctedWeight = _weights[group];
                    _modulus.Multiply(_modulus.RadixPower(2), _modulus.RadixPower(2), workspace.First, workspace.Scratch);
                    ModularPower.RaiseInVariableTime(_modulus, workspace.First, [correctedWeight], workspace.Second, workspace.Scratch);
                }

                _modulus.Multiply(Group(group), workspace.Second, workspace.First, workspace.Scratch);
                _modulus.FromMontgomery(workspace.First, workspace.First, workspace.Scratch);
            }

            Span<byte> own = ciphertexts[((index - first) * length)..((EndOfGroup(index, end) - first) * length)];
            _arithmetic.Export(workspace.First, index % _modulus.Lanes, own, workspace);
        }
    }

    public void Dispose() => _products.Span.Clear();

    private void MultiplyGroup(int group, ModularWorkspace workspace, ulong weight)
    {
        Span<ulong> product = Group(group);
        if (_weights[group] == 0)
        {
            workspace.Second.Span.CopyTo(product);
        }
        else
        {
            _modulus.Multiply(product, workspace.Second, product, workspace.Scratch);
        }

        _weights[group] = checked(_weights[group] + weight);
    }

    private Span<ulong> Group(int index) => _products.Span.Slice(index * _modulus.GroupLength, _modulus.GroupLength);

    private int EndOfGroup(int index, int end) => Math.Min(end, index - (index % _modulus.Lanes) + _modulus.Lanes);

    private ReadOnlySpan<byte> Slice(ReadOnlySpan<byte> ciphertexts, int first, int end)
        => ciphertexts[(first * _arithmetic.CiphertextLength)..(end * _arithmetic.CiphertextLength)];
}
