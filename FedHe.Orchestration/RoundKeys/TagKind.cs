namespace FedHe.Orchestration.RoundKeys;

/// <summary>A tag kind names the content that a tag binds; it is part of hash points and pads.</summary>
internal enum TagKind : byte
{
    /// <summary>The tag binds the values in clear.</summary>
    Clear = 1,

    /// <summary>The tag binds one segment of the encrypted values.</summary>
    Values = 2,

    /// <summary>The tag binds the residues of the protected round key modulo one prime.</summary>
    Outer = 3,

    /// <summary>The tag binds the round key itself.</summary>
    Key = 4,
}
