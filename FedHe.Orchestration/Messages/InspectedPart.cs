namespace FedHe.Orchestration.Messages;

/// <summary>
/// An inspected part is one of the two parts of an upload under round keys that have tags. The numeric values are part of the wire
/// format.
/// </summary>
internal enum InspectedPart : byte
{
    /// <summary>No part: what was wrong was no tag.</summary>
    None = 0,

    /// <summary>The update, which is encrypted under the round key, and its tags.</summary>
    Values = 1,

    /// <summary>The round key, which is encrypted under the job's scheme, and its tags.</summary>
    Keys = 2,
}
