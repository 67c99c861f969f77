namespace FedHe.Orchestration.Errors;

/// <summary>The reasons why a client ignored a message.</summary>
public enum IgnoredReason
{
    /// <summary>The bytes are not a well-formed message of the job's parameters.</summary>
    Malformed = 1,

    /// <summary>Clients do not take messages of this kind.</summary>
    UnexpectedMessage,

    /// <summary>The message belongs to another job or to another client.</summary>
    NotForThisClient,

    /// <summary>The message is a repetition, or belongs to a round or attempt that is over.</summary>
    Outdated,

    /// <summary>The invitation starts from a model that differs from the client's model for that round.</summary>
    WrongBaseModel,

    /// <summary>The aggregate cannot be read, belongs to another job or round, or does not decrypt under the job's key.</summary>
    BadAggregate,

    /// <summary>The aggregate has fewer contributors than the job demands, so the client does not decrypt it.</summary>
    TooFewContributors,

    /// <summary>The message is not signed by the server that the job names; a relay may have forged or changed it.</summary>
    ServerSignature,

    /// <summary>The message names a round or an attempt that the job does not have.</summary>
    NotInJob,

    /// <summary>
    /// The aggregate is neither of the round after the client's model nor of the round that the client asked for.
    /// </summary>
    NotRequested,

    /// <summary>The acknowledgement answers a message that the client did not send, or sent long ago.</summary>
    UnknownMessage,

    /// <summary>
    /// The message contradicts the outcome that the server reported before, or the outcome contradicts the rounds that it
    /// aggregated.
    /// </summary>
    Contradiction,

    /// <summary>The list of contributors does not go on from the client's own history: the server shows clients different rounds.</summary>
    OtherHistory,

    /// <summary>The list names a client twice, in the wrong order, outside the roster or with an impossible weight.</summary>
    ForeignContributor,

    /// <summary>
    /// The client opened another list of this attempt or a list of a later one, or showed a part of its upload for the attempt. Two sums
    /// that differ by one contributor would give that contributor's model away.
    /// </summary>
    SecondList,

    /// <summary>One contributor has a larger share than the job allows, or the weights cost more precision than planned.</summary>
    UnevenWeights,

    /// <summary>The sums differ from what the list of contributors fixes.</summary>
    NotTheListedSum,

    /// <summary>
    /// A tag fails: something in the sum was dropped, doubled, replaced or changed. Nothing was decrypted; see <see
    /// cref="Client.FederationClient.Evidence"/>.
    /// </summary>
    BadTag,

    /// <summary>Too many sums failed their tags, and the client takes part no more.</summary>
    Stopped,

    /// <summary>Confirmations are for another round or another model, or a signature among them is wrong.</summary>
    BadConfirmation,

    /// <summary>The invitation arrived after the server had reported that the job has ended.</summary>
    JobHasEnded,

    /// <summary>
    /// The message comes from an earlier life of the server than the one that the client follows, or from a second server that
    /// was resumed from the same state.
    /// </summary>
    OtherServer,

    /// <summary>A newer message of the server made the training pointless, and it was canceled.</summary>
    Overtaken,

    /// <summary>
    /// The server asked the client to show or to check a part of an attempt that is not void for the client, not because of this
    /// part, or that the client did not upload for.
    /// </summary>
    NotVoid,

    /// <summary>
    /// The server asked for another part of an upload than the client showed. Both parts together would give the client's model away.
    /// </summary>
    OtherPart,

    /// <summary>
    /// The invitation has no keys of a quorum of the committee, or a key that its member did not sign for the round.
    /// </summary>
    BadMemberKeys,

    /// <summary>The message is for members of the committee, and the client is none, or has no key of the round.</summary>
    NotAMember,

    /// <summary>The list names a contribution whose box the member did not open.</summary>
    BoxNotOpened,

    /// <summary>
    /// The answers of the committee do not open the sum of its list: too few answers are right, or a contributor shared another round key
    /// than the one it made its tag of.
    /// </summary>
    BadAnswers,

    /// <summary>The message is of another epoch than the client's. A client that is behind asks for the certificates that it lacks.</summary>
    OtherEpoch,

    /// <summary>The plan or the certificate of an epoch is not that of the job's next epoch; the log says why.</summary>
    BadEpoch,

    /// <summary>The member voted for the next epoch, and takes part in no later round of this one unless that round has a sum.</summary>
    EpochIsOver,

    /// <summary>The member voted for another epoch in the place of this one, or does not know any more for which.</summary>
    SecondEpoch,

    /// <summary>The client has no group key of its epoch yet: ask the authority for one.</summary>
    NoKeys,

    /// <summary>The client is not on the roster of the current epoch, and takes part no more.</summary>
    HasLeft,

    /// <summary>
    /// The round, or another attempt at it, would exceed the budget of the job's privacy terms. The client keeps its last model and takes part no more.
    /// </summary>
    BudgetSpent,

    /// <summary>
    /// The client lacks the noise of earlier rounds that the round goes on from, because it began late, lost its state or went back to an older one. It stays away until
    /// another sequence of correlated noise begins, as it does after a sum without this client.
    /// </summary>
    NoiseLost,

    /// <summary>
    /// A client of the sum took the values that travelled from other positions of its model than this client, in a job with sparsification terms. The sum is
    /// discarded, and under round keys the client objects to it.
    /// </summary>
    OtherPositions,

    /// <summary>
    /// A sum has a contribution of this client that the client does not remember, because it lost its state or went back to an older one, in a job with control terms. The client takes part in no
    /// round any more, and gets the models of the others.
    /// </summary>
    ControlLost,

    /// <summary>The server wants an upload again, or a part of it, that the client does not keep since the server acknowledged it: see <c>ModelFiles.KeepsAcknowledgedUploads</c>.</summary>
    UploadNotKept,

    /// <summary>The server wants to see a part of an upload that is longer than a message with it can be.</summary>
    PartTooLong,
}
