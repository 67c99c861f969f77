namespace HospitalFedAvg;

/// <summary>A scheme choice names a scheme of the sample as the command line does.</summary>
internal enum SchemeChoice
{
    /// <summary><c>ckks</c>: managed CKKS with the Aggregation preset.</summary>
    Ckks,

    /// <summary><c>ckks-paper</c>: managed CKKS with the paper's parameters.</summary>
    CkksPaper,

    /// <summary><c>paillier</c>: Paillier with keys of 3072 bits, exact integers.</summary>
    Paillier,

    /// <summary><c>seal</c>: Microsoft SEAL with the paper's parameters.</summary>
    Seal,

    /// <summary><c>seal-flare</c>: Microsoft SEAL with the parameters of NVIDIA FLARE.</summary>
    SealFlare,

    /// <summary><c>plain-insecure</c>: no encryption at all.</summary>
    PlainInsecure,
}
