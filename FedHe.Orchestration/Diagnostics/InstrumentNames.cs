namespace FedHe.Orchestration.Diagnostics;

/// <summary>Names of the meter, the activity source, their instruments and tags. They are part of the public contract.</summary>
public static class InstrumentNames
{
    /// <summary>The meter and the activity source.</summary>
    public const string Source = "FedHe";

    /// <summary>Histogram, seconds: local training of one client for one round.</summary>
    public const string TrainDuration = "fedhe.train.duration";

    /// <summary>Histogram, seconds: encryption of one update.</summary>
    public const string EncryptDuration = "fedhe.encrypt.duration";

    /// <summary>Histogram, seconds: reading and folding in of one upload at the server.</summary>
    public const string FoldDuration = "fedhe.fold.duration";

    /// <summary>Histogram, seconds: decryption of one aggregate at a client.</summary>
    public const string DecryptDuration = "fedhe.decrypt.duration";

    /// <summary>Histogram, bytes: size of an accepted upload.</summary>
    public const string UploadSize = "fedhe.upload.size";

    /// <summary>Histogram, bytes: size of an aggregate as broadcast.</summary>
    public const string AggregateSize = "fedhe.aggregate.size";

    /// <summary>Counter: uploads folded in.</summary>
    public const string UploadsAccepted = "fedhe.uploads.accepted";

    /// <summary>Counter, tagged with the reason: messages that the server refused.</summary>
    public const string UploadsRefused = "fedhe.uploads.refused";

    /// <summary>Counter: rounds whose aggregate was broadcast.</summary>
    public const string RoundsCompleted = "fedhe.rounds.completed";

    /// <summary>Counter: attempts at a round that ended without a quorum.</summary>
    public const string RoundsRepeated = "fedhe.rounds.repeated";

    /// <summary>Counter, tagged with the outcome: key requests answered by the authority.</summary>
    public const string KeyRequests = "fedhe.key.requests";

    /// <summary>Tag: why something was refused.</summary>
    public const string ReasonTag = "reason";

    /// <summary>Activity: local training of one client for one round.</summary>
    public const string TrainActivity = "fedhe.train";

    /// <summary>Activity: encryption of one update.</summary>
    public const string EncryptActivity = "fedhe.encrypt";

    /// <summary>Activity: reading and folding in of one upload.</summary>
    public const string FoldActivity = "fedhe.fold";

    /// <summary>Activity: decryption of one aggregate.</summary>
    public const string DecryptActivity = "fedhe.decrypt";
}
