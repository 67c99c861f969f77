using System.Diagnostics;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Sharing;
using FedHe.Crypto.LinearTags;

namespace FedHe.Crypto.Sharing;

/// <summary>
/// A key-share sum adds up one member's shares of several round keys; the result is the member's share of the sum of the keys.
/// It is thread-safe.
/// </summary>
[DebuggerDisplay("Key-share sum")]
public sealed class KeyShareSum : IDisposable
{
    private readonly SharingParameters _parameters;
    private readonly int _member;
    private readonly PinnedSecret<uint> _sums;
    private bool _isComplete;

    internal KeyShareSum(SharingParameters parameters, int member)
    {
        _parameters = parameters;
        _member = member;
        _sums = new PinnedSecret<uint>(this, parameters.Length);
    }

    /// <summary>The number of round keys in the sum so far.</summary>
    public int Contributors { get; private set; }

    /// <summary>The sums, which are used under their lock.</summary>
    internal Span<uint> Sums
    {
        get
        {
            Span<uint> sums = _sums.Span;
            return _isComplete ? throw Throw.AccumulatorComplete() : sums;
        }
    }

    /// <summary>Adds a share.</summary>
    /// <param name="share">The member's share of a round key, or of a sum of round keys.</param>
    /// <exception cref="HeMismatchException">The share belongs to another member or to another sharing.</exception>
    /// <exception cref="HeCapacityException">
    /// The sum would have more than <see cref="SharingParameters.MaxContributors"/> contributors. Nothing has changed.
    /// </exception>
    /// <exception cref="InvalidOperationException">The sum is complete.</exception>
    /// <exception cref="ObjectDisposedException">The sum or the share was disposed.</exception>
    public void Add(KeyShare share)
    {
        ArgumentNullException.ThrowIfNull(share);
        if (share.Parameters != _parameters)
        {
            throw Throw.SharingMismatch();
        }

        if (share.Member != _member)
        {
            throw Throw.ShareOfAnotherMember();
        }

        // A share's own lock is always the inner one.
        lock (_sums.Gate)
        {
            Span<uint> sums = Sums;
            if (share.Contributors > SharingParameters.MaxContributors - Contributors)
            {
                throw Throw.TooManyShares(SharingParameters.MaxContributors);
            }

            lock (share.Gate)
            {
                SharingKernel.Default.MultiplyAdd(share.Elements, factor: 1, sums);
            }

            Contributors += share.Contributors;
        }
    }

    /// <summary>Ends the sum and zeroes its memory.</summary>
    /// <returns>The member's share of the sum of all round keys, which the caller disposes.</returns>
    /// <exception cref="InvalidOperationException">The sum is complete already, or nothing was added.</exception>
    /// <exception cref="ObjectDisposedException">The sum was disposed.</exception>
    public KeyShare Complete()
    {
        lock (_sums.Gate)
        {
            Span<uint> sums = Sums;
            if (Contributors == 0)
            {
                throw Throw.AccumulatorEmpty();
            }

            var share = new KeyShare(_parameters, _member, Contributors);
            SharingKernel.Default.Reduce(sums, share.Elements);
            SecretMemory.Zero(sums);
            _isComplete = true;
            return share;
        }
    }

    /// <summary>Zeroes the sum.</summary>
    public void Dispose() => _sums.Dispose();

    /// <summary>Returns a fixed text, because a sum is never shown.</summary>
    public override string ToString() => "Key-share sum";
}
