using System.Buffers.Binary;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Sharing;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Sharing;

/// <summary>
/// A round-key sharing splits round keys into shares for the members of a committee, and combines shares of sums of keys. It is
/// thread-safe.
/// </summary>
/// <remarks>
/// <para>
/// Each coefficient of a key is the value at 0 of a random polynomial of degree t - 1 over F_p, and a member's share are the values at
/// the point of the member. Fewer than t shares are uniform and independent of the key; any t give it. Sums of shares are shares
/// of the sum of the keys, so that nobody needs to know a single key. Source: Shamir, "How to Share a Secret", 1979.
/// </para>
/// <para>
/// The shares have no check of their own: a wrong share, or a share of another sum, gives wrong coefficients. Such coefficients nearly
/// always exceed the largest possible magnitude where contributors are few, and seldom where they are many. Check the tag of the sum
/// before you use it.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// var sharing = new RoundKeySharing(new SharingParameters(members: 4, threshold: 3, key.Length));
/// KeyShare[] shares = sharing.Share(key); // at every client, one share for each member
///
/// using KeyShareSum sum = sharing.CreateSum(member: 0); // at a member
/// sum.Add(shareOfFirstClient);
/// sum.Add(shareOfSecondClient);
/// using KeyShare answer = sum.Complete();
///
/// int[] coefficients = new int[key.Length]; // at a client, with the answers of three members
/// bool isSum = sharing.TryCombine([answer, secondAnswer, thirdAnswer], coefficients);
/// </code>
/// </example>
public sealed class RoundKeySharing
{
    private readonly EncryptionRandomSource _random;

    /// <summary>Creates a sharing of the given parameters.</summary>
    /// <param name="parameters">The committee and the length of the keys.</param>
    public RoundKeySharing(SharingParameters parameters)
        : this(parameters, RandomSource.System)
    {
    }

    internal RoundKeySharing(SharingParameters parameters, EncryptionRandomSource random)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        Parameters = parameters;
        _random = random;
        Workspaces = new ConcurrentPool<SharingWorkspace>(_ => new SharingWorkspace(parameters));
    }

    /// <summary>The parameters of the sharing.</summary>
    public SharingParameters Parameters { get; }

    /// <summary>The idle workspaces, which are zeroed.</summary>
    internal ConcurrentPool<SharingWorkspace> Workspaces { get; }

    private static ReadOnlySpan<byte> Label => "FedHe key shares v1"u8;

    /// <summary>Splits a round key under fresh random polynomials.</summary>
    /// <param name="key">The round key.</param>
    /// <returns>The shares of all members in order, which the caller disposes.</returns>
    /// <remarks>
    /// The polynomials also depend on the key. A machine that is resumed twice from one snapshot may draw the same randomness twice,
    /// and with polynomials that repeat themselves one share of each of two keys would reveal the difference of the keys.
    /// </remarks>
    /// <exception cref="HeMismatchException">The key has another length.</exception>
    /// <exception cref="HeRandomnessException">The operating system gives no random bytes.</exception>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public KeyShare[] Share(RoundKey key) => Share(key, fixedRandom: null);

    /// <summary>Begins the sum of the shares of one member.</summary>
    /// <param name="member">The index of the member, from 0 on.</param>
    /// <exception cref="ArgumentOutOfRangeException">The committee has no such member.</exception>
    public KeyShareSum CreateSum(int member)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(member);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(member, Parameters.Members);
        return new KeyShareSum(Parameters, member);
    }

    /// <summary>Computes the coefficients of the sum of round keys that shares are of.</summary>
    /// <param name="shares">The shares of one sum, of exactly t different members, in any order.</param>
    /// <param name="coefficients">
    /// Receives the coefficients, or zeros where the result is false. They are secret, and the caller zeroes them.
    /// </param>
    /// <returns>
    /// Whether each coefficient is small enough for a sum of as many round keys as the shares have contributors. The time depends on
    /// this result and on nothing else in the shares.
    /// </returns>
    /// <exception cref="ArgumentException">The number of shares or of coefficients is wrong.</exception>
    /// <exception cref="HeMismatchException">
    /// A share is of another sharing, two shares are of one member, or the numbers of contributors differ.
    /// </exception>
    /// <exception cref="ObjectDisposedException">A share was disposed.</exception>
    public bool TryCombine(IReadOnlyList<KeyShare> shares, Span<int> coefficients)
    {
        ArgumentNullException.ThrowIfNull(shares);
        if (coefficients.Length != Parameters.Length)
        {
            throw new ArgumentException($"The keys have {Parameters.Length} coefficients.", nameof(coefficients));
        }

        int contributors = DemandOneSum(shares);
        SharingWorkspace workspace = Workspaces.Rent();
        bool isSum = false;
        try
        {
            for (int i = 0; i < shares.Count; i++)
            {
                uint factor = Interpolation.FactorAtZero(shares, i);
                lock (shares[i].Gate)
                {
                    SharingKernel.Default.MultiplyAdd(shares[i].Elements, factor, workspace.Sums);
                }
            }

            SharingKernel.Default.Reduce(workspace.Sums, workspace.Elements);
            isSum = Interpolation.TryCenter(workspace.Elements, RoundKey.LargestCoefficient * contributors, coefficients);
            return isSum;
        }
        finally
        {
            if (!isSum)
            {
                SecretMemory.Zero(coefficients);
            }

            Return(workspace);
        }
    }

    /// <summary>Splits a round key under polynomials of known randomness, for tests.</summary>
    internal KeyShare[] Share(RoundKey key, RandomSource? fixedRandom)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.Length != Parameters.Length)
        {
            throw Throw.SharingMismatch();
        }

        SharingWorkspace workspace = Workspaces.Rent();
        try
        {
            key.CopyCoefficientsTo(workspace.Coefficients);
            Span<ushort> elements = workspace.Elements;
            for (int i = 0; i < elements.Length; i++)
            {
                long coefficient = workspace.Coefficients[i];
                elements[i] = (ushort)(coefficient + (SharingParameters.Prime & (coefficient >> 63)));
            }

            if (fixedRandom is not null)
            {
                return Evaluate(workspace, fixedRandom);
            }

            using SecretStreams secrets = DrawSecrets(key.PublicSeed, elements);
            using SecretStream stream = secrets.Open();
            return Evaluate(workspace, stream);
        }
        finally
        {
            Return(workspace);
        }
    }

    /// <summary>Draws the randomness of polynomials, which is new as long as the key or the sharing is.</summary>
    private SecretStreams DrawSecrets(Digest publicSeed, Span<ushort> elements)
    {
        Span<byte> context = stackalloc byte[Label.Length + Digest.SizeInBytes + (2 * sizeof(int))];
        Label.CopyTo(context);
        publicSeed.CopyTo(context[Label.Length..]);
        Span<byte> committee = context[(Label.Length + Digest.SizeInBytes)..];
        BinaryPrimitives.WriteInt32LittleEndian(committee, Parameters.Members);
        BinaryPrimitives.WriteInt32LittleEndian(committee[sizeof(int)..], Parameters.Threshold);
        return _random.DrawSecret(ElementBytes.Of(elements), maxDegreeOfParallelism: 1, context);
    }

    private KeyShare[] Evaluate(SharingWorkspace workspace, RandomSource random)
    {
        var shares = new KeyShare[Parameters.Members];
        for (int member = 0; member < shares.Length; member++)
        {
            shares[member] = new KeyShare(Parameters, member, contributors: 1);
        }

        try
        {
            UniformElements.Fill(workspace.Polynomials[Parameters.Length..], random);
            foreach (KeyShare share in shares)
            {
                SharingKernel.Default.Evaluate(workspace.Polynomials, SharingParameters.PointOf(share.Member), share.Elements);
            }

            return shares;
        }
        catch
        {
            Array.ForEach(shares, share => share.Dispose());
            throw;
        }
    }

    private int DemandOneSum(IReadOnlyList<KeyShare> shares)
    {
        if (shares.Count != Parameters.Threshold)
        {
            throw new ArgumentException($"A sum is combined from exactly {Parameters.Threshold} shares.", nameof(shares));
        }

        Span<bool> isTaken = stackalloc bool[SharingParameters.MaxMembers];
        foreach (KeyShare share in shares)
        {
            ArgumentNullException.ThrowIfNull(share, nameof(shares));
            if (share.Parameters != Parameters)
            {
                throw Throw.SharingMismatch();
            }

            if (share.Contributors != shares[0].Contributors)
            {
                throw Throw.SharesOfDifferentSums();
            }

            if (isTaken[share.Member])
            {
                throw Throw.SharesOfOneMember();
            }

            isTaken[share.Member] = true;
        }

        return shares[0].Contributors;
    }

    private void Return(SharingWorkspace workspace)
    {
        workspace.Zero();
        Workspaces.Return(workspace);
    }
}
