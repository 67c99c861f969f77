namespace FedHe.Hosting.AspNetCore.Places;

/// <summary>A move side says what a place is to a move of a server that has not ended.</summary>
internal enum MoveSide
{
    /// <summary>No move is under way: the state lies in another place for good.</summary>
    None,

    /// <summary>The server comes here. What is here is a copy, and perhaps only a part of one.</summary>
    Target,

    /// <summary>The server leaves this place, and all of it is in the other one.</summary>
    Source,
}
