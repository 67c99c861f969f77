using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;
using FedHe.Orchestration.Updates;

namespace FedHe.Orchestration.Committee;

/// <summary>
/// A model observer reads the average of every round of a job whose committee names it (<see cref="CommitteeTerms.Observer"/>), from the
/// messages with which the server sends aggregates to clients. It opens no upload.
/// </summary>
/// <remarks>
/// Members seal their answers for the clients and for the observer, so a server that is one sees what a round gives, and a server that is none
/// does not. An observer has no group key. It checks the server's signature, the list of contributors with their seals, the digests of the sum,
/// the members' signatures, and the tag of the sum of round keys, with a check that members seal for it: it passes over wrong answers as clients do. It does not check the
/// tags of the values: a server that lists other values than clients uploaded deceives it, in a round whose sum clients refuse. Source: the FedML-HE paper, section 2.2.
/// </remarks>
/// <example>
/// <code>
/// using BoxKeyPair key = BoxKeyPair.Generate(KeyExchange.P256);
/// var committee = new CommitteeTerms(roster.Clients, observer: key.PublicKey);
///
/// // With a job of this committee, and a message of the kind MessageKind.Aggregate:
/// var observer = new ModelObserver(job, key);
/// if (observer.TryRead(message, initialModel, out AveragedModel? average) is IgnoredReason reason)
/// {
///     Console.WriteLine(reason);
/// }
/// </code>
/// </example>
public sealed class ModelObserver
{
    private readonly FederationJob _job;
    private readonly RoundKeyProtocol _protocol;
    private readonly KeyAdditiveContext _inner;
    private readonly ObservedAnswers _answers;

    /// <summary>Creates an observer. It is thread-safe.</summary>
    /// <param name="job">The job; after a change of epoch, the job in that epoch: <c>FederationServer.Job</c>.</param>
    /// <param name="key">The key whose public part the committee names. It must not be disposed before the observer is last used.</param>
    /// <param name="options">The options of the computations, or null for the defaults.</param>
    /// <exception cref="HeMismatchException">The job has no committee with this observer.</exception>
    public ModelObserver(FederationJob job, BoxKeyPair key, HeContextOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(key);
        if (job.Committee?.Observer is not BoxPublicKey observer || !observer.Equals(key.PublicKey))
        {
            throw Throw.ObserverOfAnotherJob();
        }

        _job = job;
        _protocol = RoundKeyProtocol.Of(job, KeyAdditiveContext.CreatePublic(job.RoundKeyParameters!, options))!;
        _inner = new KeyAdditiveContext(job.RoundKeyParameters!, options);
        _answers = new ObservedAnswers(job, new RoundKeySharing(_protocol.Sharing!), _inner, key);
    }

    /// <summary>Reads the average of a round, or returns the reason why it cannot be read.</summary>
    /// <param name="message">The bytes of a message from the server to clients; untrusted.</param>
    /// <param name="template">
    /// The model whose layout and buffers the average takes, such as the initial model. Where updates are differences, it is the model that
    /// the round began from: the average of the round before, or the initial model; the observer cannot tell another one from it.
    /// </param>
    /// <param name="average">The average of the round, with the error that clients have as well.</param>
    /// <returns>
    /// Null where the average was read. <see cref="IgnoredReason.UnexpectedMessage"/> where the message has another kind, and <see
    /// cref="IgnoredReason.BadAnswers"/> where too few right answers open; every other reason means what it means for a client.
    /// </returns>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public IgnoredReason? TryRead(ReadOnlyMemory<byte> message, ModelParameters template, out AveragedModel? average)
    {
        ArgumentNullException.ThrowIfNull(template);
        average = null;
        if (!MessageFormat.TryRead(message, _job.Authority.ParametersId, message.Length, out FederationMessage? read, out _))
        {
            return IgnoredReason.Malformed;
        }

        if (read is not AggregateMessage own)
        {
            return IgnoredReason.UnexpectedMessage;
        }

        return own.JobId != _job.JobId ? IgnoredReason.NotForThisClient
            : !MessageSignature.Verifies(message.Span, own, _job.ServerKey) || !own.IsIntact ? IgnoredReason.ServerSignature
            : VerifiableAggregate.TryRead(own.Aggregate) is not VerifiableAggregate sum ? IgnoredReason.BadAggregate
            : ListRules.Check(sum.List, _job, own.Round, sum.List.Base) ?? TryOpen(sum, template, out average);
    }

    private IgnoredReason? TryOpen(VerifiableAggregate sum, ModelParameters template, out AveragedModel? average)
    {
        average = null;
        RoundKeyProtocol protocol = _protocol.In(sum.List.Round);
        if (CommitteeAnswers.TryRead(sum.KeySum) is not CommitteeAnswers answers
            || protocol.TryReadTags(sum.List.Tags.Span) is not LinearTag[] tags
            || ListedSum.TryRead(sum, protocol) is not EncryptedAggregate aggregate)
        {
            return IgnoredReason.BadAggregate;
        }

        using (aggregate)
        {
            if (!ListedSum.IsOfList(aggregate, sum.List, protocol, _job.JobId, keySum: default))
            {
                return IgnoredReason.NotTheListedSum;
            }

            if (ListedSum.CheckSegments(aggregate, sum.List, sum.List.AttemptOf(_job), protocol, isTagged: null) is IgnoredReason reason)
            {
                return reason;
            }

            using RoundKeySum? key = _answers.TryOpen(answers, sum.List, tags[^1]);
            if (key is null)
            {
                return IgnoredReason.BadAnswers;
            }

            try
            {
                average = new UpdateCodec(_job, privacy: null).Decode(
                    new AggregateDecryptor(_inner.CreateDecryptor(key), protocol.Terms), aggregate, sum.List.Round, place: default, template, template, step: null).Average;
                return null;
            }
            catch (HeException)
            {
                // Values that no honest sum has.
                return IgnoredReason.BadAggregate;
            }
        }
    }
}
