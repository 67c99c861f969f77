namespace FedHe.Orchestration.Diagnostics;

/// <summary>
/// The names of the meter, the activity source, their instruments and their tags, which are part of the public
/// contract.
/// </summary>
public static class InstrumentNames
{
    /// <summary>The name of the meter and of the activity source.</summary>
    public const string Source = "FedHe";

    /// <summary>The histogram, in seconds, of one client's local training for one round.</summary>
    public const string TrainDuration = "fedhe.train.duration";

    /// <summary>The histogram, in seconds, of the encryption of one update.</summary>
    public const string EncryptDuration = "fedhe.encrypt.duration";

    /// <summary>The histogram, in seconds, of reading and folding in one upload at the server.</summary>
    public const string FoldDuration = "fedhe.fold.duration";

    /// <summary>The histogram, in seconds, of the decryption of one aggregate at a client.</summary>
    public const string DecryptDuration = "fedhe.decrypt.duration";

    /// <summary>The histogram, in bytes, of the length of accepted uploads.</summary>
    public const string UploadSize = "fedhe.upload.size";

    /// <summary>The histogram, in bytes, of the length of broadcast aggregates.</summary>
    public const string AggregateSize = "fedhe.aggregate.size";

    /// <summary>The counter of uploads that were folded in.</summary>
    public const string UploadsAccepted = "fedhe.uploads.accepted";

    /// <summary>The counter of messages that the server refused, tagged with the reason.</summary>
    public const string UploadsRefused = "fedhe.uploads.refused";

    /// <summary>The counter of rounds whose aggregate was broadcast.</summary>
    public const string RoundsCompleted = "fedhe.rounds.completed";

    /// <summary>The counter of attempts at a round that were given up and repeated.</summary>
    public const string RoundsRepeated = "fedhe.rounds.repeated";

    /// <summary>The counter of deadlines without enough clients or uploads, after which a round waited longer.</summary>
    public const string RoundsExtended = "fedhe.rounds.extended";

    /// <summary>The counter of key requests that the authority answered, tagged with the outcome.</summary>
    public const string KeyRequests = "fedhe.key.requests";

    /// <summary>The gauge of the newest metrics that clients reported to a hosted server, tagged with job, client and the metric's name, and with no round.</summary>
    public const string ClientMetric = "fedhe.client.metric";

    /// <summary>The tag of the name of a metric that a client reported.</summary>
    public const string MetricTag = "metric";

    /// <summary>The tag that says why something was refused.</summary>
    public const string ReasonTag = "reason";

    /// <summary>The tag of the job's identifier, on every measurement and activity.</summary>
    public const string JobTag = "job";

    /// <summary>The tag of the round, where there is one.</summary>
    public const string RoundTag = "round";

    /// <summary>The tag of the client's name, where there is one and the job's roster has it.</summary>
    public const string ClientTag = "client";

    /// <summary>The activity of one client's local training for one round.</summary>
    public const string TrainActivity = "fedhe.train";

    /// <summary>The activity of encrypting one update.</summary>
    public const string EncryptActivity = "fedhe.encrypt";

    /// <summary>The activity of reading and folding in one upload.</summary>
    public const string FoldActivity = "fedhe.fold";

    /// <summary>The activity of decrypting one aggregate.</summary>
    public const string DecryptActivity = "fedhe.decrypt";

    /// <summary>The activity of one message that a hosted client handles, with its training and the uploads that follow.</summary>
    public const string MessageActivity = "fedhe.message";
}
