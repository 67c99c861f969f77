using System.Collections.Immutable;
using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Protection;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>
/// The round-key protocol of a job is what clients and server both derive from it: the contexts of both layers, and the
/// lengths and the primes of everything that is tagged. It is immutable and thread-safe.
/// </summary>
internal sealed class RoundKeyProtocol
{
    // The protocols of the kinds of rounds, which take turns; none where all rounds are alike.
    private RoundKeyProtocol[] _kinds = [];

    /// <summary>Prepares the protocol.</summary>
    /// <param name="parameters">The parameters of key-additive encryption.</param>
    /// <param name="outer">The public context of the job's scheme, which protects round keys.</param>
    /// <param name="terms">The terms of the job.</param>
    /// <exception cref="HeCapacityException">The job's scheme cannot add up round keys exactly.</exception>
    /// <exception cref="HeParameterException">A prime of the job's scheme is too small for tags.</exception>
    /// <exception cref="NotSupportedException">The sums of the job's scheme cannot be bound by tags.</exception>
    public RoundKeyProtocol(KeyAdditiveParameters parameters, HePublicContext outer, AggregationTerms terms)
    {
        Parameters = parameters;
        Options = new HeContextOptions { MaxDegreeOfParallelism = outer.MaxDegreeOfParallelism };
        Inner = KeyAdditiveContext.CreatePublic(parameters, Options);
        Outer = outer;
        Terms = terms;
        CheckPlan(parameters, outer);
        OuterModuli = outer.Residues is { } residues ? [.. residues.Primes.Select(prime => ModulusOf(prime, outer))] : [];
        if (OuterModuli.IsEmpty && outer.IsDecryptionKeyDependent)
        {
            throw Throw.OuterSumsNotBound(outer.Parameters.SchemeName);
        }

        Lengths = LengthsOf();
    }

    private RoundKeyProtocol(RoundKeyProtocol other, AggregationTerms terms)
    {
        (Parameters, Options, Inner, Outer, Sharing) = (other.Parameters, other.Options, other.Inner, other.Outer, other.Sharing);
        Terms = terms;
        OuterModuli = other.OuterModuli;
        Lengths = LengthsOf();
    }

    private RoundKeyProtocol(HePublicContext inner, CommitteeTerms committee, AggregationTerms terms)
    {
        Parameters = (KeyAdditiveParameters)inner.Parameters;
        Options = new HeContextOptions { MaxDegreeOfParallelism = inner.MaxDegreeOfParallelism };
        Inner = inner;
        Sharing = new SharingParameters(committee.Members.Length, committee.Threshold, Parameters.Degree);
        Terms = terms;
        OuterModuli = [];
        Lengths = LengthsOf();
    }

    /// <summary>Prepares the protocol of a job, or returns null where models are encrypted directly.</summary>
    /// <param name="job">The job.</param>
    /// <param name="context">The public context of the job's parameters: of round keys where a committee opens sums.</param>
    public static RoundKeyProtocol? Of(FederationJob job, HePublicContext context)
    {
        RoundKeyProtocol? protocol = job.Committee is CommitteeTerms committee ? new RoundKeyProtocol(context, committee, job.UploadTerms)
            : job.RoundKeyParameters is { } parameters ? new RoundKeyProtocol(parameters, context, job.UploadTerms)
            : null;
        if (protocol is not null && job.KindsOfRounds.Length > 1)
        {
            RoundKeyProtocol[] kinds = [protocol, .. job.KindsOfRounds[1..].ToArray().Select(kind => new RoundKeyProtocol(protocol, kind.Upload))];
            Array.ForEach(kinds, kind => kind._kinds = kinds);
        }

        return protocol;
    }

    /// <summary>Returns the protocol with the terms and lengths of a round; it is the same one but where halves of adapters take turns.</summary>
    /// <param name="round">The round, from 1.</param>
    public RoundKeyProtocol In(int round) => _kinds.Length == 0 ? this : _kinds[(round - 1) % _kinds.Length];

    /// <summary>The parameters of the layer that encrypts models.</summary>
    public KeyAdditiveParameters Parameters { get; }

    /// <summary>The options of the layer that encrypts models, which uses as many threads as the job's scheme.</summary>
    public HeContextOptions Options { get; }

    /// <summary>The public context of the layer that encrypts models.</summary>
    public HePublicContext Inner { get; }

    /// <summary>The public context of the layer that encrypts round keys, or null where they are shared among a committee.</summary>
    public HePublicContext? Outer { get; }

    /// <summary>The parameters of the shares of round keys, or null without a committee.</summary>
    public SharingParameters? Sharing { get; }

    /// <summary>The terms of the uploads in round 1, or in the round that the protocol was asked for.</summary>
    public AggregationTerms Terms { get; }

    /// <summary>The moduli of the outer ciphertext's tags; none where the key tag suffices.</summary>
    public ImmutableArray<TagModulus> OuterModuli { get; }

    public ContentLengths Lengths { get; }

    /// <summary>The index of the tag of the first segment.</summary>
    public int FirstSegmentTag => Lengths.ClearCount > 0 ? 1 : 0;

    /// <summary>Returns the kind of a tag, its segment or prime, and its modulus, in the order in which tags travel.</summary>
    public (TagKind Kind, int Segment, TagModulus Modulus) TagAt(int index)
    {
        if (Lengths.ClearCount > 0 && index-- == 0)
        {
            return (TagKind.Clear, 0, TagModulus.Default);
        }

        if (index < Lengths.SegmentCount)
        {
            return (TagKind.Values, index, TagModulus.Default);
        }

        int prime = index - Lengths.SegmentCount;
        return prime < Lengths.OuterPrimes ? (TagKind.Outer, prime, OuterModuli[prime]) : (TagKind.Key, 0, TagModulus.Default);
    }

    /// <summary>Returns which tags of an upload bind a part: values in clear and segments, or primes and key.</summary>
    public (int First, int Count) TagsOf(InspectedPart part)
    {
        int ofValues = FirstSegmentTag + Lengths.SegmentCount;
        return part switch
        {
            InspectedPart.Values => (0, ofValues),
            InspectedPart.Keys => (ofValues, Lengths.TagCount - ofValues),
            _ => (0, Lengths.TagCount),
        };
    }

    /// <summary>Parses the tags of an upload, or the sums of tags, and returns null when any is refused.</summary>
    /// <param name="bytes">The tags, one after the other.</param>
    /// <param name="part">The part whose tags the bytes are, or none for all tags; tags of the other part stay empty.</param>
    public LinearTag[]? TryReadTags(ReadOnlySpan<byte> bytes, InspectedPart part = InspectedPart.None)
    {
        (int first, int count) = TagsOf(part);
        if (bytes.Length != count * LinearTag.SizeInBytes)
        {
            return null;
        }

        var tags = new LinearTag[Lengths.TagCount];
        for (int i = 0; i < count; i++)
        {
            if (!TagAt(first + i).Modulus.TryRead(bytes.Slice(i * LinearTag.SizeInBytes, LinearTag.SizeInBytes), out tags[first + i], out _))
            {
                return null;
            }
        }

        return tags;
    }

    public static byte[] Write(ReadOnlySpan<LinearTag> tags)
    {
        var bytes = new byte[tags.Length * LinearTag.SizeInBytes];
        for (int i = 0; i < tags.Length; i++)
        {
            tags[i].CopyTo(bytes.AsSpan(i * LinearTag.SizeInBytes));
        }

        return bytes;
    }

    /// <summary>Checks the plan for the public key, or only for the secret key where nothing else was planned.</summary>
    private static void CheckPlan(KeyAdditiveParameters parameters, HePublicContext outer)
    {
        try
        {
            RoundKeyProtection.CheckPlan(parameters, outer, VectorForm.Full);
        }
        catch (HeCapacityException)
        {
            RoundKeyProtection.CheckPlan(parameters, outer, VectorForm.Seeded);
        }
    }

    private ContentLengths LengthsOf()
    {
        int segment = SegmentLength(Parameters);
        return new ContentLengths(
            Terms.Mask.ClearCount,
            Terms.VectorLength,
            SegmentCountOf(Terms.VectorLength, segment),
            Parameters.Degree,
            OuterModuli.Length);
    }

    private static int SegmentCountOf(long values, int segment)
    {
        long count = (values + segment - 1) / segment;
        return count < Array.MaxLength ? (int)count : throw Throw.TooManySegments();
    }

    private static int SegmentLength(KeyAdditiveParameters parameters) => 64 * parameters.ValuesPerCiphertext;

    private static TagModulus ModulusOf(long prime, HePublicContext outer)
        => prime > TagModulus.MinPrime ? new TagModulus(prime) : throw Throw.OuterPrimeTooSmall(outer.Parameters.SchemeName);
}
