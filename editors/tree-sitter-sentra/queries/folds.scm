[(block) (map) (array) (match_arms) (select_statement) (arguments) (block_comment)] @fold
